"""What the checks share: reading an answer, naming its shape, and telling what it is instead."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch
from torch import nn

from .. import WaveRNN, predict
from .engine import DOTS, Wrong, called, has_dots, kind

Instead = Iterable[tuple[object, str]]  # what an answer can be instead, and what to say then

# Reading an answer --------------------------------------------------------------------------------


def numbers(value: object, what: str = "the answer") -> np.ndarray:
    """Return a value as a float64 array of finite numbers, or say in words why it is none."""
    if has_dots(value):
        raise Wrong(DOTS)
    try:
        if isinstance(value, torch.Tensor):
            value_64 = value.double() if value.is_floating_point() else value
            array = value_64.detach().cpu().numpy()
        elif isinstance(value, tuple | list):
            parts = [p.detach().tolist() if isinstance(p, torch.Tensor) else p for p in value]
            array = np.asarray(parts)
        else:
            array = np.asarray(value)
        if array.dtype.kind not in "iuf":  # no bool, string, complex number or object
            raise TypeError
    except Exception:  # ragged lists, sparse or quantized tensors, objects with whims
        raise Wrong(f"{what} must be numbers, but it is {kind(value)}.") from None
    array = array.astype(float)
    if not np.isfinite(array).all():
        raise Wrong(f"{what} holds NaN or infinity.")
    return array


def one_number(value: object, what: str = "the answer") -> float:
    """Return a value as one float, or say in words why it is none."""
    array = numbers(value, what)
    if array.size != 1:
        raise Wrong(f"{what} must be one number, but it is {kind(value)}.")
    return float(array.ravel()[0])


def whole_number(value: object, what: str = "the answer") -> int:
    """Return a value as one int, or say in words why it is none."""
    number = one_number(value, what)
    if number != int(number):
        raise Wrong(f"{what} must be a whole number, but it is {number:g}.")
    return int(number)


def several(value: object, *names: str) -> list:
    """Return the parts of a tuple, list or array of as many things as there are names."""
    wanted = " and ".join(names)
    words = {2: "two", 3: "three"}[len(names)]
    if isinstance(value, np.ndarray | torch.Tensor) and value.ndim and len(value) == len(names):
        return list(value)  # such as np.stack gives, which Python would unpack too
    if not isinstance(value, tuple | list):
        raise Wrong(f"return {words} things, {wanted}; what came back is {kind(value)}.")
    if len(value) != len(names):
        raise Wrong(f"return {words} things, {wanted}; {len(value)} came back.")
    if has_dots(value):
        raise Wrong(DOTS)
    return list(value)


def tried(
    explained: Mapping[str, str], answer: object, *arguments: object, **named: object
) -> object:
    """Call the reader's function; where its error is a known one, say what it means."""
    try:
        return called(answer, *arguments, **named)
    except Wrong as wrong:
        for part, sentence in {**explained, "ellipsis": DOTS}.items():
            if part in str(wrong):
                raise Wrong(sentence) from None
        raise


# Telling what it is instead -----------------------------------------------------------------------


def same(a: np.ndarray, b: np.ndarray, atol: float = 1e-5) -> bool:
    """Whether two arrays have one shape and, but for rounding, the same numbers."""
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-4, atol=atol))


def refuse(value: np.ndarray, mistakes: Instead) -> None:
    """Raise the sentence of the first known mistake that a value equals."""
    for mistake, sentence in mistakes:
        if same(value, mistake):
            raise Wrong(sentence)


def explain(
    given: np.ndarray, right: np.ndarray, instead: Instead, otherwise: str, atol: float = 1e-5
) -> None:
    """Return if an answer is right; else say which of the things it could be instead it is."""
    if same(given, right, atol):
        return
    for other, sentence in instead:
        if same(given, other, atol) and not same(other, right, atol):
            raise Wrong(sentence)
    raise Wrong(otherwise)


def shaped(
    array: np.ndarray, what: str, shape: tuple[int, ...], usual: Sequence[tuple[tuple, str]] = ()
) -> np.ndarray:
    """Return an array of the expected shape, or say what its shape tells."""
    if array.shape == shape:
        return array
    for other, sentence in usual:
        if array.shape == other != shape:
            raise Wrong(sentence if sentence == DOTS else f"shape {array.shape}: {sentence}")
    raise Wrong(f"{what} must have shape {shape}, but the shape is {array.shape}.")


def axes(shape: Iterable[int], sizes: Mapping[str, int]) -> str | None:
    """Return what a shape's axes are, ``"(seq_len, batch, 1)"``, or None if it is not clear.

    The sizes must differ from each other, and all but that of a last axis from 1.
    """
    names = {size: name for name, size in sizes.items()}
    shape = tuple(shape)
    if not all(size in names for size in shape) or len(set(shape)) < len(shape):
        return None
    return "(" + ", ".join(names[size] for size in shape) + ("," * (len(shape) == 1)) + ")"


def expect_shape(
    value: np.ndarray,
    wanted: Iterable[str],
    sizes: Mapping[str, int],
    what: str,
    mistakes: Mapping[tuple[str, ...], str] | None = None,
) -> None:
    """Say what is wrong with a shape: by a known mistake, by its axes, or by its numbers.

    ``wanted`` and the keys of ``mistakes`` are names in ``sizes``.
    """
    wanted = tuple(wanted)
    right = tuple(sizes[name] for name in wanted)
    if value.shape == right:
        return
    for order, sentence in (mistakes or {}).items():
        if value.shape == tuple(sizes[name] for name in order):
            raise Wrong(f"{what} has shape {value.shape}: {sentence}")
    read = axes(value.shape, sizes)
    read = f", that is {read}" if read else ""
    raise Wrong(
        f"{what} has shape {value.shape}{read}; it must be {right}, that is "
        f"({', '.join(wanted)}{',' * (len(wanted) == 1)})."
    )


def first_that_differs(given: np.ndarray, right: np.ndarray, atol: float = 1e-5) -> int:
    """Return the index of the first number that is not the right one, or 0 if all are right."""
    pairs = enumerate(zip(given, right, strict=True))
    return next((i for i, pair in pairs if not same(*pair, atol)), 0)


# Networks to try an answer out on -----------------------------------------------------------------


def network(rng: np.random.Generator, layers: int = 1) -> WaveRNN:
    """Return a network that nobody has seen, of a size that nobody knows."""
    model = WaveRNN(hidden_size=int(rng.integers(5, 12)), num_layers=layers).float()
    with torch.no_grad():
        for name, p in model.named_parameters():
            value = rng.uniform(-0.5, 0.5, tuple(p.shape))
            if "weight_hh" in name:  # a long memory, so that where the state came from shows
                value = 0.98 * np.linalg.qr(rng.normal(size=value.shape))[0]
            elif "weight_ih" in name and value.shape[1] > 1:  # from layer to layer
                value *= 0.5
            elif "rnn.bias" in name:
                value *= 0.1
            p.copy_(torch.from_numpy(value).float())
    return model.requires_grad_(True)


def weights(model: nn.Module) -> np.ndarray:
    """Return all weights of a network, one after the other."""
    return nn.utils.parameters_to_vector(model.parameters()).detach().double().numpy().copy()


def run(model: WaveRNN, features: np.ndarray, h_0: object = None) -> tuple:
    """Return predictions (seq_len,) and state, as the helper of the course finds them."""
    return predict(model, np.asarray(features, dtype=float), h_0)


def without_memory(model: WaveRNN, features: np.ndarray) -> np.ndarray:
    """Return what a network says if every point is a sequence of its own."""
    return np.concatenate([run(model, features[i : i + 1])[0] for i in range(len(features))])


def a_wave(rng: np.random.Generator, points: int) -> np.ndarray:
    """Return a piece of a sine wave, nobody knows from where, how dense and how high."""
    phase, step = rng.uniform(0, 6), rng.uniform(0.2, 0.5)
    return rng.uniform(0.5, 1) * np.sin(phase + step * np.arange(points))


WITHOUT_MEMORY = (
    "every point was predicted without memory: with batch_first=True the shape (seq_len, 1, 1) "
    "means a batch of single points. Reshape to (1, -1, 1)."
)


def shapes_of_predictions(model: WaveRNN, n: int) -> list[tuple[tuple[int, ...], str]]:
    """Return what else can come back where n predictions are asked for, and what it is."""
    flat = "flatten it to one number for each point."
    return [
        ((1, n, 1), f"that is (batch, seq_len, 1) as the network returns it; {flat}"),
        ((n, 1, 1), f"that is seq first. {WITHOUT_MEMORY[0].upper()}{WITHOUT_MEMORY[1:]}"),
        ((n, 1), f"one axis is too many; {flat}"),
        ((1, n), f"one axis is too many; {flat}"),
        (
            (1, 1, model.rnn.hidden_size),
            "that is the hidden state, the second thing that the network returns; the predictions "
            "are the first.",
        ),
        ((), "that is one number; return every prediction."),
    ]


NO_GRAD = (
    "the predictions still carry gradients, so NumPy refuses them; run the network inside "
    "`with torch.no_grad():`."
)
NUMPY_REFUSES = {"__array__": NO_GRAD, "requires grad. Use": NO_GRAD}
OTHER_DTYPE = (
    "the features are float64 and the network is float32; turn the features into float32, with "
    "`dtype=torch.float32`, and leave the network as it is."
)
# PyTorch's own sentence offers to convert the network too, which would change it for all others.
TORCH_REFUSES = {"does not match weight dtype": OTHER_DTYPE, "have the same dtype": OTHER_DTYPE}


def tested(answer: object, model: WaveRNN, *sequences: np.ndarray) -> np.ndarray:
    """Run the reader's test of a network: under no_grad, and the network stays what it is.

    Returns the predictions, of whatever shape.
    """
    guest, recorded = copy.deepcopy(model), []
    guest.register_forward_hook(lambda *_: recorded.append(torch.is_grad_enabled()))
    explained = {**NUMPY_REFUSES, **TORCH_REFUSES}
    returned = tried(explained, answer, guest, *(np.array(s) for s in sequences))
    left_on = torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    if isinstance(returned, tuple) and len(returned) == 2:
        raise Wrong("your function returns two things; return the predictions alone.")
    predictions = numbers(returned, "what your function returns")
    if not left_on:
        raise Wrong(
            "after your function gradients are off for the whole session; "
            "`with torch.no_grad():` turns them off for its own lines only."
        )
    if any(not p.requires_grad for p in guest.parameters()):
        raise Wrong(
            "after your function the weights take no gradients any more, so this network cannot be "
            "trained further; `with torch.no_grad():` leaves the weights alone."
        )
    for ours, theirs in zip(model.parameters(), guest.parameters(), strict=True):
        if theirs.dtype != ours.dtype:
            raise Wrong(
                f"your function turned the network into {_dtype(theirs)}; turn the features into "
                f"{_dtype(ours)} instead."
            )
    if not np.array_equal(weights(guest), weights(model)):
        raise Wrong("your function changed the weights of the network; a test must not train.")
    if any(recorded):
        raise Wrong(
            "the network ran with gradients recorded, which a test does not need; "
            "run it inside `with torch.no_grad():`."
        )
    return predictions


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


# Code of misconceptions ---------------------------------------------------------------------------


def changed(program: str, *changes: tuple[str, str]) -> str:
    """Return a program with some of its text replaced; each piece must occur in it once."""
    for old, new in changes:
        if program.count(old) != 1:
            raise ValueError(f"{old!r} must occur once in the program, not {program.count(old)}.")
        program = program.replace(old, new)
    return program
