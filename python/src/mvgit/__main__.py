"""`python -m mvgit`: the command line."""

import sys

from mvgit._start import main

sys.exit(main())
