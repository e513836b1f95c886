"""Reads the vectors by docs/format.md alone, with nothing but Python: python3 reader.py FOLDER. Says what it read."""
import json
import struct
import sys
import zlib

IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
QUARTERS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
            (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def compress(chain, block, counter, length, flags):
    state = list(chain) + list(IV[:4]) + [counter & 0xFFFFFFFF, counter >> 32, length, flags]
    words = list(struct.unpack("<16I", block.ljust(64, b"\0")))
    turn = lambda x, n: (x >> n | x << 32 - n) & 0xFFFFFFFF
    for _ in range(7):
        for at, (a, b, c, d) in enumerate(QUARTERS):
            for word, first, second in ((words[2 * at], 16, 12), (words[2 * at + 1], 8, 7)):
                state[a] = state[a] + state[b] + word & 0xFFFFFFFF
                state[d] = turn(state[d] ^ state[a], first)
                state[c] = state[c] + state[d] & 0xFFFFFFFF
                state[b] = turn(state[b] ^ state[c], second)
        words = [words[place] for place in PERMUTATION]
    return [state[at] ^ state[at + 8] for at in range(8)]


def blake3(data, counter=0, root=8):
    """As 8 words; `root` is the flag of the outermost node."""
    if len(data) <= 1024:
        chain = IV
        blocks = [data[at:at + 64] for at in range(0, len(data), 64)] or [b""]
        for at, block in enumerate(blocks):
            last = at == len(blocks) - 1
            flags = (1 if at == 0 else 0) | (2 | root if last else 0)
            chain = compress(chain, block, counter, len(block), flags)
        return chain
    left = 1024
    while left * 2 < len(data):
        left *= 2
    parents = blake3(data[:left], counter, 0) + blake3(data[left:], counter + left // 1024, 0)
    return compress(IV, struct.pack("<16I", *parents), 0, 64, 4 | root)


def name(data):
    return struct.pack("<8I", *blake3(data)).hex()


class Form:
    def __init__(self, data, magic=None):
        self.data, self.at = data, 0
        if magic:
            assert name(data[:-32]) == data[-32:].hex(), "sum"
            self.data = data[:-32]
            assert self.take(8) == magic, "magic"

    def take(self, count):
        assert self.at + count <= len(self.data), "short"
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def hash(self):
        return self.take(32).hex()

    def end(self):
        assert self.at == len(self.data), "more"


def inflate(data):
    machine = zlib.decompressobj(-15)
    plain = machine.decompress(data) + machine.flush()
    assert machine.eof and not machine.unused_data
    return plain


def sequence(form):
    method, count = form.number(1), form.number(4)
    return form.take(count) if method == 0 else inflate(form.take(count))


def parts(data, width, phase):
    count = (len(data) - phase) // width
    words = [int.from_bytes(data[phase + at * width:phase + at * width + width], "little") for at in range(count)]
    return data[:phase], words, data[phase + count * width:]


def numbers(planes):
    assert len({len(plane) for plane in planes}) == 1, "planes"
    return [sum(byte << 8 * place for place, byte in enumerate(each)) for each in zip(*planes)]


def split(stored, length, width):
    form = Form(stored)
    phase = form.number(1)
    planes = [sequence(form) for _ in range(width)]
    front, tail = form.take(phase), form.take((length - phase) % width)
    form.end()
    bits = 8 * width
    words = [word >> 1 | (word & 1) << bits - 1 for word in numbers(planes)]
    return front + b"".join(word.to_bytes(width, "little") for word in words) + tail


def delta(stored, base, width):
    form = Form(stored)
    phase, order = form.number(1), form.number(1)
    packed_keys = form.number(32)
    packed, *planes = [sequence(form) for _ in range(1 + width)]
    _, words, rest = parts(base, width, phase)
    front, tail = form.take(phase), form.take(len(rest))
    form.end()
    bits = 8 * width
    keys = [word >> bits - 9 & 255 if order == 1 else 0 for word in words]
    others = iter(numbers(planes))
    shorts = [byte >> 2 * at & 3 for byte in packed for at in range(4)]
    by_key = sorted(range(len(words)), key=lambda at: (not packed_keys >> keys[at] & 1, keys[at]))
    is_packed = [at for at in by_key if packed_keys >> keys[at] & 1]
    distances = {at: next(others) for at in by_key[len(is_packed):]}
    for short, at in zip(shorts, is_packed):
        distances[at] = short if short < 3 else next(others) + 3
    assert next(others, None) is None and -(-len(is_packed) // 4) == len(packed)
    flip = lambda word: (1 << bits) - 1 - word if word >> bits - 1 else word + (1 << bits - 1)
    back = lambda place: place - (1 << bits - 1) if place >> bits - 1 else (1 << bits) - 1 - place
    moved = []
    for at, word in enumerate(words):
        far = distances[at]
        step = far // 2 if far % 2 == 0 else -(far + 1) // 2
        moved.append(back((flip(word) + step) % (1 << bits)).to_bytes(width, "little"))
    return front + b"".join(moved) + tail


def varint(form):
    value, shift = 0, 0
    while True:
        byte = form.number(1)
        value |= (byte & 127) << shift
        if byte < 128:
            return value
        shift += 7


def patch(stored, length, base):
    form, plain, follows = Form(inflate(stored)), b"", 0
    while len(plain) < length:
        between = form.take(varint(form))
        plain += between
        if len(plain) == length:
            break
        count, far = varint(form), varint(form)
        start = follows + len(between) + (far // 2 if far % 2 == 0 else -(far + 1) // 2)
        assert start >= 0 and start + count <= len(base)
        plain += base[start:start + count]
        follows = start + count
    form.end()
    return plain


def decode(codec, stored, length, base):
    if codec == 0:
        return stored
    if codec == 1:
        return inflate(stored)
    if codec == 6:
        return patch(stored, length, base)
    return split(stored, length, 2 * codec - 2) if codec < 4 else delta(stored, base, 2 * codec - 6)


class Bucket:
    def __init__(self, objects):
        self.objects = {key: bytes.fromhex(value) for key, value in objects.items()}
        for key, data in self.objects.items():
            kind, first, rest = key.split("/")
            if kind in ("blobs", "packs"):
                assert name(data) == first + rest, key

    def get(self, kind, named):
        return self.objects[f"{kind}/{named[:2]}/{named[2:]}"]

    def entries(self, pack):
        data = self.get("packs", pack)
        assert data[:8] == b"MVGPACK1" and data[-8:] == b"MVGPEND1"
        table = data[-12 - int.from_bytes(data[-12:-8], "little"):-12]
        form = Form(table, b"MVGINDX1")
        assert form.number(8) == len(data)
        found = []
        for _ in range(form.number(4)):
            named, kind, codec, zero = form.hash(), form.number(1), form.number(1), form.number(2)
            offset, stored, plain, size = form.number(8), form.number(4), form.number(4), form.number(8)
            assert zero == 0
            piece = decode(codec, data[offset:offset + stored], plain, None)
            assert len(piece) == plain
            found.append((named, piece if kind == 0 else self.cook(piece, pack, size)))
        form.end()
        assert not found or table == self.get("index", pack)
        return found

    def cook(self, recipe, own, size):
        form = Form(recipe, b"MVGRCPE1")
        assert form.number(8) == size
        sources = []
        for _ in range(form.number(4)):
            kind, named = form.number(1), form.hash()
            sources.append(self.get("blobs" if kind == 0 else "packs", own if kind == 2 else named))
        blob = b""
        for _ in range(form.number(4)):
            named, length, codec = form.hash(), form.number(4), form.number(1)
            stored = self.range(form, sources)
            base = self.base(form, sources, length, codec == 6) if codec >= 4 else None
            plain = decode(codec, stored, length, base)
            assert name(plain) == named and len(plain) == length
            blob += plain
        form.end()
        assert len(blob) == size
        return blob

    def base(self, form, sources, length, is_told):
        codec, stored = form.number(1), self.range(form, sources)
        return decode(codec, stored, form.number(4) if is_told else length, None)

    @staticmethod
    def range(form, sources):
        source, offset, stored = form.number(4), form.number(8), form.number(4)
        return sources[source][offset:offset + stored]

    def cuts(self, blob):
        form = Form(self.get("chunks", blob), b"MVGCUTS1")
        data = self.get("blobs", blob)
        assert form.number(8) == len(data)
        for _ in range(form.number(4)):
            named, length = form.hash(), form.number(4)
            assert name(data[:length]) == named
            data = data[length:]
        form.end()
        assert data == b""


def main(folder):
    codecs = ["raw", "deflate", "split16", "split32", "delta16", "delta32", "patch"]
    with open(f"{folder}/codecs.json") as file:
        cases = json.load(file)
    for case in cases:
        plain, stored, base = (bytes.fromhex(case.get(key, "")) for key in ("plain", "stored", "base"))
        assert decode(codecs.index(case["codec"]), stored, len(plain), base) == plain, case["of"]
    with open(f"{folder}/bucket.json") as file:
        told = json.load(file)
    bucket = Bucket(told["objects"])
    found = {}
    for key in bucket.objects:
        kind, first, rest = key.split("/")
        if kind == "packs":
            found.update(bucket.entries(first + rest))
        if kind == "blobs":
            found[first + rest] = bucket.objects[key]
        if kind == "chunks":
            bucket.cuts(first + rest)
    assert all(name(blob) == named for named, blob in found.items())
    assert {named: blob.hex() for named, blob in found.items()} == told["blobs"]
    print(f"{len(cases)} codings, {len(found)} blobs")


main(sys.argv[1])
