"""
Makes the files beside it with the programs that people use: Python's zipfile and tarfile, pip install pyarrow. Run once
by hand; the tests read what it made.
"""
import io, tarfile, zipfile
import pyarrow as pa
import pyarrow.parquet as pq

LONG = "images/" + "deep/" * 30 + "a.jpg"
base = {"images/1.jpg": b"one " * 50, "images/2.jpg": b"two " * 50, "label.txt": b"cat\n", "gone.txt": b"gone", LONG: b"long " * 9,
        "n\u00e4me.txt": b"umlaut"}
after = {**base, "label.txt": b"dog\n", "images/2.jpg": b"two! " * 60, "came.txt": b"new"}
del after["gone.txt"]

for side, files in (("a", base), ("b", after)):
    with zipfile.ZipFile(f"{side}.zip", "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            # The same bytes, packed by a and left as they are by b.
            packed = name == "images/1.jpg" and side == "a" or name == "images/2.jpg"
            info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            archive.writestr(info, data)
    for kind, form in (("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("ustar", tarfile.USTAR_FORMAT)):
        with tarfile.open(f"{side}.{kind}.tar", "w", format=form) as archive:
            archive.addfile(tarfile.TarInfo("images/"))
            for name, data in files.items():
                if kind == "ustar" and name == LONG:
                    name = name[-200:]
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, ("label.txt" if side == "a" else "came.txt")
            archive.addfile(link)
    n = 300 if side == "a" else 400
    prices = [i * 2 + (side == "b" and i == 150) for i in range(n)]
    table = pa.table({"id": range(n), "price": prices, "info": [{"k": str(i % 7)} for i in range(n)]})
    pq.write_table(table, f"{side}.parquet", row_group_size=100)
