"""One peer holding one network, driven over its standard input: "time N" answers the milliseconds of N evaluations, "save PATH"
evaluates once and saves the output. Prints "ready" when it is.

peer.py {torch,torch-bf16,onnxruntime,openvino,openvino-bf16} FOLDER BATCH THREADS INPUT.safetensors
"""
import os
import sys
import time

kind, folder, batch, threads, path = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy
from safetensors.numpy import load_file, save_file

inputs = load_file(path)
onnx = os.path.join(folder, f"batch{batch}.onnx")


def torch_network(bfloat16):
    import torch

    from models import load

    torch.set_num_threads(threads)
    unet = load(folder).to(memory_format=torch.channels_last)
    sample = torch.from_numpy(inputs["sample"]).to(memory_format=torch.channels_last)
    timestep = torch.from_numpy(inputs["timestep"])

    def run():
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            return unet(sample, timestep, return_dict=False)[0]

    return run, lambda output: output.float().contiguous().numpy()


def onnxruntime_network():
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, inputs)[0], lambda output: output


def openvino_network(precision):
    import openvino

    core = openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    request = core.compile_model(onnx, "CPU", settings).create_infer_request()
    return lambda: request.infer(inputs), lambda output: numpy.array(output[0], dtype=numpy.float32)


run, array = {
    "torch": lambda: torch_network(False),
    "torch-bf16": lambda: torch_network(True),
    "onnxruntime": onnxruntime_network,
    "openvino": lambda: openvino_network("f32"),
    "openvino-bf16": lambda: openvino_network("bf16"),
}[kind]()

print("ready", flush=True)
for line in sys.stdin:
    command, argument = line.split(maxsplit=1)
    if command == "save":
        save_file({"sample": numpy.ascontiguousarray(array(run()))}, argument.strip())
        print("saved", flush=True)
        continue
    times = []
    for _ in range(int(argument)):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    print(*times, flush=True)
