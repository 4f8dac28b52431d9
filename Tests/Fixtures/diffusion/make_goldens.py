"""Makes the golden values of DiffusionTests from diffusers itself.

    pip install torch diffusers==0.42.1 numpy        (made with torch 2.15.0, numpy 2.4.6, an AVX-512 CPU)
    OMP_NUM_THREADS=1 python make_goldens.py

Floats are written as the hexadecimal digits of their IEEE 754 bits, 8 for each, one string for an array.
torch's CPU kernels use fused multiply-add where the CPU has it; these goldens suppose so (x86 since 2013).
"""
import json, math, zlib
from pathlib import Path
import numpy as np, torch
from diffusers import DDPMScheduler, DDIMScheduler, DPMSolverMultistepScheduler

HERE = Path(__file__).parent
CLASSES = {"ddpm": DDPMScheduler, "ddim": DDIMScheduler, "dpmsolver++": DPMSolverMultistepScheduler}


def bits(values):
    array = np.ascontiguousarray(np.asarray(values, dtype=np.float32))
    return "".join("%08x" % v for v in array.view(np.uint32).ravel())


def write(name, value):
    text = json.dumps(value, indent=0, sort_keys=True) + "\n"
    (HERE / name).write_text(text)
    print(name, len(text))


# ---- schedules: betas and cumulative products, add_noise and velocity ------------------------------------------------

class ExactSquareRoot:
    """torch takes square roots from MKL, which misses the nearest float in 18 % of the abar table by one ulp. Under this
    context diffusers runs with the square root of IEEE 754, so that its tables can be compared bit for bit."""

    def __enter__(self):
        self.saved = torch.Tensor.sqrt, torch.Tensor.__pow__
        root = lambda x: torch.from_numpy(np.asarray(np.sqrt(x.numpy())))
        power = self.saved[1]
        torch.Tensor.sqrt = root
        torch.Tensor.__pow__ = lambda x, y: root(x) if isinstance(y, float) and y == 0.5 else power(x, y)

    def __exit__(self, *_):
        torch.Tensor.sqrt, torch.Tensor.__pow__ = self.saved


def schedules():
    trained = [0.0003 + 0.00021 * i * i / 40 for i in range(40)]
    cases = [
        dict(beta_schedule="linear"),
        dict(beta_schedule="scaled_linear"),
        dict(beta_schedule="squaredcos_cap_v2"),
        dict(beta_schedule="linear", beta_start=0.002, beta_end=0.11, num_train_timesteps=37),
        dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, num_train_timesteps=100),
        dict(beta_schedule="squaredcos_cap_v2", num_train_timesteps=101),
        dict(beta_schedule="sigmoid", num_train_timesteps=100),
        dict(beta_schedule="laplace", num_train_timesteps=64),
        dict(trained_betas=trained, num_train_timesteps=40),
        dict(beta_schedule="linear", num_train_timesteps=100, rescale_betas_zero_snr=True, prediction_type="v_prediction"),
        dict(beta_schedule="squaredcos_cap_v2", num_train_timesteps=100, rescale_betas_zero_snr=True, prediction_type="sample"),
    ]
    result = []
    for config in cases:
        s = DDPMScheduler(**config)
        T = len(s.betas)
        t = torch.tensor([0, T // 3, T // 2, T - 1])
        image = torch.tensor([[-1.0], [0.3], [0.7], [1.0]])
        noise = torch.tensor([[0.1], [-2.3], [1.7], [-0.4]])
        result.append(dict(
            config=config, betas=bits(s.betas), alphas_cumprod=bits(s.alphas_cumprod), timesteps=t.tolist(),
            image=bits(image), noise=bits(noise), noisy=bits(s.add_noise(image, noise, t)),
            velocity=bits(s.get_velocity(image, noise, t))))
    write("schedules.json", result)


# ---- timestep lists -------------------------------------------------------------------------------------------------

def timesteps_of(kind, config, n):
    """The list, without the -1 that an inexact trailing ratio can add; None where Phantom refuses."""
    s = CLASSES[kind](**config)
    s.set_timesteps(n)
    values = [t for t in s.timesteps.tolist() if t >= 0]
    T = s.config.num_train_timesteps
    if not values or values[0] >= T or any(a <= b for a, b in zip(values, values[1:])):
        return None
    return values


def timesteps():
    result = []
    for kind in ("ddpm", "ddim", "dpmsolver++"):
        for spacing in ("linspace", "leading", "trailing"):
            for extra in (dict(), dict(steps_offset=1), dict(beta_schedule="squaredcos_cap_v2", lambda_min_clipped=-5.1)):
                if "lambda_min_clipped" in extra and kind != "dpmsolver++":
                    continue
                config = dict(num_train_timesteps=1000, timestep_spacing=spacing, **extra)
                crc = 0
                for n in range(1, 1001):
                    values = timesteps_of(kind, config, n)
                    text = "refused" if values is None else ",".join(map(str, values))
                    crc = zlib.crc32((text + ";").encode(), crc)
                lists = {str(n): timesteps_of(kind, config, n) for n in (1, 4, 7, 10, 30, 50, 61)}
                result.append(dict(sampler=kind, config=config, lists=lists, crc_of_all=crc))
    write("timesteps.json", result)


# ---- whole runs -----------------------------------------------------------------------------------------------------

F = np.float32

def network(x, t, channels_out):
    """Elementwise, rational, float32 with the operations in this order; the second half is a learned variance."""
    x = x.numpy()
    u = F(t) / F(1000)
    e = (x * (F(1) + u) + F(0.25) * u) / (F(1) + F(0.125) * (x * x))
    if channels_out == 2 * x.shape[1]:
        e = np.concatenate([e, (F(0.5) * x) / (F(1) + x * x) + F(0.1)], axis=1)
    return torch.from_numpy(np.ascontiguousarray(e))


def run(kind, config, steps, seed, shape=(2, 5, 5), eta=0.0, learned=False):
    s = CLASSES[kind](**config)
    s.set_timesteps(steps)
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((1, *shape), generator=generator)
    first = x.clone()
    x0 = None
    for t in s.timesteps:
        if int(t) < 0:
            continue
        out = network(x, float(t), shape[0] * (2 if learned else 1))
        if kind == "ddpm":
            step = s.step(out, t, x, generator=generator)
        elif kind == "ddim":
            step = s.step(out, t, x, eta=eta, generator=generator)
        else:
            step = s.step(out[:, : shape[0]], t, x)
        x = step.prev_sample
        x0 = getattr(step, "pred_original_sample", None)
    assert torch.isfinite(x).all(), (kind, config, steps)
    case = dict(sampler=kind, config=config, steps=steps, seed=seed, shape=list(shape), eta=eta, learned=learned,
                first=bits(first), last=bits(x))
    if x0 is not None:
        case["last_x0"] = bits(x0)
    return case


def runs():
    cosine = dict(beta_schedule="squaredcos_cap_v2")
    c = []
    for variance in ("fixed_small", "fixed_small_log", "fixed_large"):
        c.append(run("ddpm", dict(variance_type=variance), 20, 1))
    c.append(run("ddpm", dict(variance_type="learned_range"), 20, 2, learned=True))
    c.append(run("ddpm", dict(variance_type="learned_range", **cosine, clip_sample=False), 50, 3, learned=True))
    c.append(run("ddpm", dict(**cosine, prediction_type="v_prediction"), 1000, 4))
    c.append(run("ddpm", dict(**cosine), 30, 5, shape=(1, 3, 3)))
    c.append(run("ddpm", dict(prediction_type="sample", timestep_spacing="linspace"), 7, 6))
    c.append(run("ddpm", dict(timestep_spacing="trailing", clip_sample_range=0.8), 61, 7))
    c.append(run("ddpm", dict(thresholding=True, sample_max_value=2.0, dynamic_thresholding_ratio=0.9), 25, 8))
    c.append(run("ddpm", dict(rescale_betas_zero_snr=True, prediction_type="v_prediction", timestep_spacing="trailing"), 10, 9))
    c.append(run("ddpm", dict(**cosine, timestep_spacing="trailing"), 1, 10))
    for eta in (0.0, 0.5, 1.0):
        c.append(run("ddim", dict(), 50, 11, eta=eta))
        c.append(run("ddim", dict(**cosine, prediction_type="v_prediction", timestep_spacing="linspace"), 10, 12, eta=eta))
    c.append(run("ddim", dict(prediction_type="sample", clip_sample=False), 20, 13, eta=0.3))
    c.append(run("ddim", dict(set_alpha_to_one=False, steps_offset=1), 20, 14))
    c.append(run("ddim", dict(thresholding=True, sample_max_value=1.5, dynamic_thresholding_ratio=0.85), 20, 15, shape=(3, 7, 6)))
    c.append(run("ddim", dict(timestep_spacing="trailing", rescale_betas_zero_snr=True, prediction_type="v_prediction"), 10, 16))
    for order in (1, 2, 3):
        for solver in ("midpoint", "heun"):
            if order == 1 and solver == "heun":
                continue
            c.append(run("dpmsolver++", dict(solver_order=order, solver_type=solver), 20, 17))
            c.append(run("dpmsolver++", dict(**cosine, solver_order=order, solver_type=solver, timestep_spacing="leading"), 9, 18))
    c.append(run("dpmsolver++", dict(**cosine, lambda_min_clipped=-5.1), 20, 19))
    c.append(run("dpmsolver++", dict(**cosine, prediction_type="v_prediction", timestep_spacing="trailing"), 12, 20))
    c.append(run("dpmsolver++", dict(prediction_type="sample"), 16, 21))
    c.append(run("dpmsolver++", dict(final_sigmas_type="sigma_min"), 20, 22))
    c.append(run("dpmsolver++", dict(final_sigmas_type="sigma_min", lower_order_final=False), 10, 23))
    c.append(run("dpmsolver++", dict(euler_at_final=True, solver_order=3), 20, 24))
    c.append(run("dpmsolver++", dict(thresholding=True, sample_max_value=2.0, dynamic_thresholding_ratio=0.9), 15, 25))
    c.append(run("dpmsolver++", dict(variance_type="learned_range"), 15, 26, learned=True))
    c.append(run("dpmsolver++", dict(rescale_betas_zero_snr=True, prediction_type="v_prediction", timestep_spacing="trailing"), 15, 27))
    c.append(run("dpmsolver++", dict(), 1, 28))
    write("runs.json", c)


# ---- torch.randn ----------------------------------------------------------------------------------------------------

def randn():
    result = []
    for seed in (0, 1, 42, 2**32 + 5, 2**63 + 12345):
        g = torch.Generator().manual_seed(seed)
        draws = [dict(count=n, values=bits(torch.randn(n, generator=g))) for n in (1, 7, 15, 16, 17, 100, 3, 1)]
        result.append(dict(seed=str(seed), draws=draws))
    g = torch.Generator().manual_seed(0)
    result.append(dict(seed="0", draws=[dict(count=4096, values=bits(torch.randn(4096, generator=g)))]))
    write("torch_randn.json", result)


# ---- continuous time ------------------------------------------------------------------------------------------------

def continuous():
    """Song et al. 2021 (score_sde `VPSDE.marginal_prob`) and the cosine of Nichol & Dhariwal, in 50 digits."""
    import mpmath as mp
    mp.mp.dps = 50
    linear, cosine = [], []
    s = mp.mpf("0.008")
    for t in (0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.9946, 0.999):
        x = mp.mpf(t)
        m = mp.exp(-x * x * (20 - mp.mpf(0.1)) / 4 - x * mp.mpf(0.1) / 2)
        linear.append([float(v) for v in (t, mp.mpf(0.1) + x * (20 - mp.mpf(0.1)), m, mp.sqrt(1 - m * m))])
        angle = (x + s) / (1 + s) * mp.pi / 2
        m = mp.cos(angle) / mp.cos(s / (1 + s) * mp.pi / 2)
        cosine.append([float(v) for v in (t, min(999, mp.pi / (1 + s) * mp.tan(angle)), m, mp.sqrt(1 - m * m))])
    write("continuous.json", dict(linear=linear, cosine=cosine, columns=["t", "beta", "mean", "std"]))


# ---- elementary functions -------------------------------------------------------------------------------------------

def elementary():
    """x, then f(x) as the nearest double and the rest, so that errors can be seen in fractions of an ulp."""
    import mpmath as mp
    mp.mp.prec = 300
    rng = np.random.default_rng(7)
    def points(low, high, n=60):
        return [float(v) for v in rng.uniform(low, high, n)]
    cases = {
        "exp": (mp.exp, points(-700, 700) + points(-1, 1) + [0.0, -0.34, 0.34657359, 709.7, -708.3, 1e-300]),
        "expm1": (mp.expm1, points(-40, 40) + points(-1.2, 1.2) + [1e-300, -1e-9, 0.396, 300.0]),
        "log": (mp.log, [float(np.exp(v)) for v in points(-700, 700)] + points(0.5, 2) + [1 + 2**-52, 5e-324, 1e-310, 1.7e308]),
        "sin": (mp.sin, points(-7, 7) + points(-1000, 1000) + points(-1e6, 1e6) + [1e-300, 3.141592653589793, 355.0, 1048575.5]),
        "cos": (mp.cos, points(-7, 7) + points(-1000, 1000) + points(-1e6, 1e6) + [0.0, 1.5707963267948966, 11.0, 1048575.5]),
        "pow7": (lambda x: x ** mp.mpf(7), points(0.001, 900)),
        "pow1/7": (lambda x: x ** mp.mpf(1 / 7), points(1e-9, 1e9)),
        "pow-2.5": (lambda x: x ** mp.mpf(-2.5), points(1e-3, 1e3)),
    }
    result = {}
    for name, (f, xs) in cases.items():
        rows = []
        for x in xs:
            exact = f(mp.mpf(x))
            high = float(exact)
            rows.append([x, high, float(exact - mp.mpf(high))])
        result[name] = [[v.hex() for v in row] for row in rows]
    write("elementary.json", result)


# ---- dynamic thresholding's quantile --------------------------------------------------------------------------------

def quantiles():
    rng = np.random.default_rng(3)
    result = []
    for n, ratio in ((1, 0.5), (2, 0.995), (9, 0.25), (50, 0.9), (126, 0.85), (1000, 0.995), (1000, 1.0), (300, 0.0)):
        values = rng.standard_normal(n).astype(np.float32)
        quantile = torch.quantile(torch.from_numpy(values).abs()[None], ratio, dim=1)
        result.append(dict(ratio=ratio, values=bits(values), quantile=bits(quantile)))
    write("quantiles.json", result)


with ExactSquareRoot():
    schedules()
for make in (timesteps, runs, randn, continuous, elementary, quantiles):
    make()
