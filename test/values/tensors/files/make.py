"""
Makes the files beside it with the programs that people use: pip install safetensors numpy onnx gguf. Run once by hand;
the tests read what it made. `ours.pt` is made without torch, by Python's own pickle, as torch.save makes it.
"""
import io, pickle, struct, sys, types, zipfile
import numpy as np
from safetensors.numpy import save_file
import onnx
from onnx import helper, numpy_helper
import gguf

base = {"embed.weight": np.arange(12, dtype=np.float32).reshape(3, 4), "head.bias": np.zeros(4, dtype=np.float16),
        "gone": np.ones(2, dtype=np.int64), "same": np.full((2, 2), 3, dtype=np.uint8),
        "shaped": np.ones((2, 3), dtype=np.float32), "typed": np.linspace(0, 1, 8, dtype=np.float32)}
after = {k: v.copy() for k, v in base.items() if k != "gone"}
after["embed.weight"][0, 1] += 0.5
after["head.bias"][2] = np.nan
after["shaped"] = np.ones((3, 2), dtype=np.float32)
after["typed"] = after["typed"].astype(np.float16)
after["came"] = np.ones(1, dtype=np.float64)
save_file(base, "a.safetensors", metadata={"format": "np"})
save_file(after, "b.safetensors")

for name, tensors in (("a", base), ("b", after)):
    inits = [numpy_helper.from_array(v, k) for k, v in tensors.items()]
    inits.append(helper.make_tensor("listed", onnx.TensorProto.FLOAT, [2], [1.0, 2.0 if name == "a" else 4.0]))
    inits.append(helper.make_tensor("whole", onnx.TensorProto.INT64, [3], [1, 2, 300]))
    x = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [x],
                              [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])], inits)
    onnx.save(helper.make_model(graph), f"{name}.onnx")

    w = gguf.GGUFWriter(f"{name}.gguf", "llama")
    w.add_array("tokenizer.ggml.tokens", ["a", "bc", "def"])
    w.add_array("numbers", [1, 2, 3])
    w.add_float32("f", 0.5)
    for k in ("embed.weight", "typed", "same", "head.bias"):
        v = tensors[k]
        w.add_tensor(k, v.astype(np.int8) if v.dtype == np.uint8 else v)
    blocks = np.arange(64, dtype=np.float32).reshape(2, 32) + (0 if name == "a" else 1)
    q = gguf.quants.quantize(blocks, gguf.GGMLQuantizationType.Q8_0)
    w.add_tensor("blocks", q, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()

# External data of ONNX: the initializers name another file.
m = onnx.load("a.onnx")
onnx.save_model(m, "outside.onnx", save_as_external_data=True, location="outside.data", size_threshold=0)
import os; os.remove("outside.data")

torch = types.ModuleType("torch"); utils = types.ModuleType("torch._utils")
sys.modules["torch"] = torch; sys.modules["torch._utils"] = utils
class FloatStorage: pass
class BFloat16Storage: pass
for c in (FloatStorage, BFloat16Storage):
    c.__module__ = "torch"; c.__qualname__ = c.__name__; setattr(torch, c.__name__, c)
def _rebuild_tensor_v2(*a): pass
def _rebuild_parameter(*a): pass
for f in (_rebuild_tensor_v2, _rebuild_parameter):
    f.__module__ = "torch._utils"; setattr(utils, f.__name__, f)
from collections import OrderedDict
class Storage:
    def __init__(self, key, kind, count): self.key, self.kind, self.count = key, kind, count
class T:
    def __init__(self, s, off, size, stride, param=False): self.a = (s, off, size, stride); self.param = param
    def __reduce__(self):
        r = (_rebuild_tensor_v2, (*self.a, False, OrderedDict()))
        return r if not self.param else (_rebuild_parameter, (T(*self.a), True, OrderedDict()))
class P(pickle.Pickler):
    def persistent_id(self, o):
        return ("storage", o.kind, o.key, "cpu", o.count) if isinstance(o, Storage) else None
s0, s1 = Storage("0", FloatStorage, 12), Storage("1", BFloat16Storage, 4)
state = {"epoch": 3, "lr": 0.1, "big": 2**70, "neg": -5, "model": OrderedDict([
    ("w", T(s0, 0, (3, 4), (4, 1), True)), ("row", T(s0, 4, (4,), (1,))), ("turned", T(s0, 0, (4, 3), (1, 4))),
    ("b", T(s1, 0, (4,), (1,))), ("one", T(s0, 2, (), ()))]), "optimizer": {"state": {0: {"avg": T(s0, 0, (12,), (1,))}}}}
for protocol in (2, 4):
    out = io.BytesIO(); P(out, protocol).dump(state)
    with zipfile.ZipFile(f"ours-{protocol}.pt", "w") as z:
        z.writestr("archive/data.pkl", out.getvalue()); z.writestr("archive/byteorder", "little")
        z.writestr("archive/data/0", np.arange(12, dtype=np.float32).tobytes())
        z.writestr("archive/data/1", np.zeros(4, dtype=np.uint16).tobytes()); z.writestr("archive/version", "3\n")
