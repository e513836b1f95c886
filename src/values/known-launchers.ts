/** Programs that start others, as far as they are known: their names, and which of their options take a word. */
import { words } from "../base/words.ts";

/** Options that take the next word, of programs that start others; other options are taken for switches. */
export const VALUE_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  "uv run": words(`
    --with -w --with-requirements --with-editable --python -p --extra --no-extra --group --no-group --only-group
    --env-file --directory --project --index --index-url -i --default-index --extra-index-url --find-links -f
    --package --config-file --cache-dir --refresh-package --upgrade-package -P --reinstall-package --resolution
    --prerelease --fork-strategy --exclude-newer --link-mode --color --config-setting -C --keyring-provider
    --index-strategy --no-build-package --no-binary-package --no-build-isolation-package --allow-insecure-host
    --python-platform --no-install-package
  `),
  "conda run": words("-n --name -p --prefix --cwd"),
  env: words("-u --unset -C --chdir"),
  nice: words("-n --adjustment"),
  ionice: words("-c --class -n --classdata -p --pid"),
  stdbuf: words("-i --input -o --output -e --error"),
  timeout: words("-k --kill-after -s --signal"),
  numactl: words("-C --physcpubind -m --membind -N --cpunodebind -i --interleave -p --preferred"),
  time: words("-o --output -f --format"),
  "xvfb-run": words("-n --server-num -s --server-args -e --error-file -f --auth-file -p --xauth-protocol -w --wait"),
  python: words("-W -X --check-hash-based-pycs"),
  torchrun: words(`
    --nnodes --nproc-per-node --nproc_per_node --rdzv-backend --rdzv_backend --rdzv-endpoint --rdzv_endpoint
    --rdzv-id --rdzv_id --rdzv-conf --rdzv_conf --max-restarts --max_restarts --monitor-interval
    --monitor_interval --start-method --start_method --role --log-dir --log_dir -r --redirects -t --tee
    --node-rank --node_rank --master-addr --master_addr --master-port --master_port --local-addr --local_addr
    --logs-specs --local-ranks-filter --local_ranks_filter --event-log-handler --numa-binding
  `),
  "accelerate launch": words(`
    --config_file --mixed_precision --num_processes --num_machines --num_cpu_threads_per_process --dynamo_backend
    --dynamo_mode --gpu_ids --machine_rank --main_process_ip --main_process_port --rdzv_backend --rdzv_conf
    --max_restarts --monitor_interval --role --same_network --deepspeed_config_file --zero_stage
    --offload_optimizer_device --offload_param_device --gradient_accumulation_steps --gradient_clipping
    --zero3_init_flag --zero3_save_16bit_model --deepspeed_hostfile --deepspeed_exclusion_filter
    --deepspeed_inclusion_filter --deepspeed_multinode_launcher --fsdp_sharding_strategy --fsdp_min_num_params
    --fsdp_auto_wrap_policy --fsdp_backward_prefetch --fsdp_state_dict_type --fsdp_offload_params
    --fsdp_transformer_layer_cls_to_wrap --tpu_cluster --downcast_bf16 --log_dir --tee
  `),
  deepspeed: words(`
    -H --hostfile -i --include -e --exclude --num_nodes --num_gpus --min_elastic_nodes --max_elastic_nodes
    --master_port --master_addr --launcher --launcher_args --module_root --node_rank --autotuning --bind_core_list
  `),
  srun: words(`
    -A -a -B -c -C -D -d -e -G -I -i -J -K -k -l -L -M -m -N -n -o -p -P -q -r -S -T -t -w -W -x -X -Z --account
    --nodes --ntasks --cpus-per-task --partition --time --gres --gpus --mem --job-name --output --error --qos
    --nodelist --exclude --constraint --chdir --ntasks-per-node --gpus-per-node --gpus-per-task --mem-per-cpu
    --mem-per-gpu --cpu-bind --mpi
  `),
  mpirun: words(`
    -n -np -c --np --n --host -host -H --hostfile -hostfile --machinefile -machinefile --map-by --bind-to
    --rank-by -x -wdir --wdir -N --npernode -npernode -ppn -f -genvlist --prefix --report-uri
  `),
  horovodrun: words("-np --num-proc -H --hosts --hostfile --host-discovery-script -p --ssh-port --min-np --max-np"),
  make: words("-C --directory -f --file --makefile -I --include-dir -o --old-file -W --what-if -l --load-average"),
  node: words("-r --require --import --loader --env-file --max-old-space-size"),
  taskset: [],
  flock: words("-w --timeout -E"),
  "hatch run": words("-e --env"),
  dotenv: words("-f --file -q --quote"),
};

/** Programs that start what follows their options; a number says how many words come first (`timeout 10m`). */
export const WRAPPERS: Readonly<Record<string, number>> = {
  nice: 0,
  ionice: 0,
  nohup: 0,
  setsid: 0,
  stdbuf: 0,
  time: 0,
  timeout: 1,
  numactl: 0,
  "xvfb-run": 0,
  taskset: 1,
  unbuffer: 0,
  tini: 0,
  sudo: 0,
  chronic: 0,
  catchsegv: 0,
  flock: 1,
  caffeinate: 0,
};
/** `NAME run COMMAND`, or another word in place of `run`. */
export const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  uv: ["run"],
  poetry: ["run"],
  pdm: ["run"],
  pipenv: ["run"],
  rye: ["run"],
  hatch: ["run"],
  pixi: ["run"],
  conda: ["run"],
  mamba: ["run"],
  micromamba: ["run"],
  dotenv: ["run"],
  accelerate: ["launch"],
};
export const PYTHON = /^(?:python|pypy|ipython)(?:[0-9.]+)?w?$/;
/** Others that run a script: its options begin after it. */
export const SCRIPTED = /^(?:bash|sh|dash|zsh|ksh|node|nodejs|bun|deno|ruby|perl|Rscript|julia|lua|php|tsx|ts-node)$/;
export const SHELL = /^(?:bash|sh|dash|zsh|ksh)$/;
/** Modules of Python that start a program, and as what. */
export const MODULES: Readonly<Record<string, string>> = {
  "torch.distributed.run": "torchrun",
  "torch.distributed.launch": "torchrun",
  "accelerate.commands.launch": "accelerate launch",
  "deepspeed.launcher.runner": "deepspeed",
  "horovod.runner": "horovodrun",
};
export const LAUNCHERS = /^(?:torchrun|deepspeed|horovodrun|accelerate launch)$/;
export const QUEUES = /^(?:srun|mpirun|mpiexec|orterun)$/;
/** What hands settings to programs that its own file names. */
export const BUILDERS = /^(?:(?:g|bsd)?make|npm|pnpm|yarn)$/;

/** Commands of a shell, and programs around a training: what these are told is no setting. */
export const UTILITIES: ReadonlySet<string> = new Set(
  words(`
    source . : [ export set unset echo printf mkdir rm cp mv ln touch true false exit trap ulimit umask module
    test sleep cat wait date ls pwd eval head tail grep sed awk cut sort uniq wc tr tee find xargs dd cmp diff
    chmod chown seq curl wget tar gzip gunzip zip unzip git mvgit pip pip3 uname hostname which basename dirname
    readlink realpath mktemp nvidia-smi kill ps b3sum sha256sum md5sum
  `),
);
