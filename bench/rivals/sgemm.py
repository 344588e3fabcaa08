"""One product of float32 matrices, [rows, inner] @ [inner, columns], in NumPy or PyTorch on one thread: what the libraries that
they come with (OpenBLAS, MKL or oneDNN) make of this processor. Prints GFLOP/s of each repetition, 2 per multiply-add."""
import argparse
import json
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--what", choices=["numpy", "torch"], default="numpy")
    ap.add_argument("--shape", default="1024,1024,1024")
    ap.add_argument("--repetitions", type=int, default=10)
    ap.add_argument("--seconds", type=float, default=0.03, help="at least this long for one repetition")
    args = ap.parse_args()
    rows, inner, columns = map(int, args.shape.split(","))
    rng = np.random.default_rng(1)
    a, b = (rng.standard_normal(s, dtype=np.float32) for s in [(rows, inner), (inner, columns)])
    if args.what == "numpy":
        out = np.empty((rows, columns), np.float32)
        multiply = lambda: np.matmul(a, b, out=out)
    else:
        import torch
        torch.set_num_threads(1)
        a, b = torch.from_numpy(a), torch.from_numpy(b)
        out = torch.empty(rows, columns)
        multiply = lambda: torch.mm(a, b, out=out)
    for _ in range(3):
        multiply()
    gflops = []
    for _ in range(args.repetitions):
        calls, begun = 0, time.perf_counter()
        while True:
            multiply()
            calls += 1
            elapsed = time.perf_counter() - begun
            if elapsed >= args.seconds:
                break
        gflops.append(2 * rows * inner * columns * calls / elapsed / 1e9)
    print(json.dumps({"what": args.what, "shape": [rows, inner, columns], "gflops": gflops}))


if __name__ == "__main__":
    main()
