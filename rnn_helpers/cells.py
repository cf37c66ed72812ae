"""RNN, LSTM and GRU cells for many networks at once, forwards and backwards, in NumPy.

All networks have the same kind of cell and the same size and read the same sequences; only their
weights differ. So every array has one more axis, ``num_models``, and one line of NumPy serves them
all. At each point in time one number goes in and one comes out. The gradients are derived by hand:
backpropagation through time, the chain rule alone. Werbos (1990), "Backpropagation through time:
what it does and how to do it", has the general case.

The letters: ``x_t`` input, ``h_t`` hidden state, ``y_t`` output, ``target_t`` label, ``L`` loss.
``a_t`` is what goes into a tanh or a sigmoid, with a second letter if a cell has several.
``'`` transposes, ``*`` multiplies element by element, and ``dz`` is the derivative of L with
respect to z. The output is that of ``nn.Linear``::

    y_t   = W_fc h_t + b_fc                 dy_t  from the loss
    dW_fc = sum over t of dy_t h_t'         db_fc = sum over t of dy_t

The three cells are those of ``nn.RNN``, ``nn.LSTM`` and ``nn.GRU`` with one layer. A hidden state
is used twice, by the output and by the next step, so its derivative has two terms; past the end of
the sequence there is nothing. Backwards, from the last point in time to the first:

RNN::

    a_t  = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh
    h_t  = tanh(a_t)

    dh_t = W_fc' dy_t + W_hh' da_(t+1)
    da_t = dh_t * (1 - h_t^2)               because tanh'(a) = 1 - tanh(a)^2

LSTM, where ``W_ih``, ``W_hh``, ``b_ih``, ``b_hh`` and so ``a_t`` have the rows of i, f, g and o,
one below the other, in this order::

    a_t  = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh
    i_t  = sigmoid(ai_t)                    input gate
    f_t  = sigmoid(af_t)                    forget gate
    g_t  = tanh(ag_t)                       candidate
    o_t  = sigmoid(ao_t)                    output gate
    c_t  = f_t * c_(t-1) + i_t * g_t        cell state
    h_t  = o_t * tanh(c_t)

    dh_t  = W_fc' dy_t + W_hh' da_(t+1)
    dc_t  = dh_t * o_t * (1 - tanh(c_t)^2) + dc_(t+1) * f_(t+1)
    dai_t = dc_t * g_t * i_t * (1 - i_t)    because sigmoid' = sigmoid (1 - sigmoid)
    daf_t = dc_t * c_(t-1) * f_t * (1 - f_t)
    dag_t = dc_t * i_t * (1 - g_t^2)
    dao_t = dh_t * tanh(c_t) * o_t * (1 - o_t)

GRU, where the rows are those of r, z and n, and ``b_hn`` stands inside the product with r::

    r_t  = sigmoid(W_ir x_t + b_ir + W_hr h_(t-1) + b_hr)    reset gate
    z_t  = sigmoid(W_iz x_t + b_iz + W_hz h_(t-1) + b_hz)    update gate
    q_t  = W_hn h_(t-1) + b_hn
    n_t  = tanh(W_in x_t + b_in + r_t * q_t)                 candidate
    h_t  = (1 - z_t) * n_t + z_t * h_(t-1)

    dh_t  = W_fc' dy_t + W_hh' (dar_(t+1), daz_(t+1), dq_(t+1)) + dh_(t+1) * z_(t+1)
    dan_t = dh_t * (1 - z_t) * (1 - n_t^2)
    daz_t = dh_t * (h_(t-1) - n_t) * z_t * (1 - z_t)
    dar_t = dan_t * q_t * r_t * (1 - r_t)
    dq_t  = dan_t * r_t

For all three, where ``da_t`` of a GRU is ``(dar_t, daz_t, dan_t)`` in the first of these lines and
``(dar_t, daz_t, dq_t)`` in the second::

    dW_ih = sum over t of da_t x_t'         db_ih = sum over t of da_t
    dW_hh = sum over t of da_t h_(t-1)'     db_hh = sum over t of da_t
"""

import numpy as np

from .network import CELLS


class Weights:
    """The weights of ``num_models`` networks, or the derivatives with respect to them.

    They lie side by side in one array, ``flat``, and each attribute is a view of its part.
    PyTorch's names and order are kept; ``fc_weight`` and ``fc_bias`` belong to the Linear layer.
    ``rows`` is ``hidden_size`` for RNN, four times as much for LSTM, three times for GRU.

    Attributes
    ----------
    flat : numpy.ndarray, shape (num_models, num_parameters)
    hidden_size : int
    cell : {'RNN', 'LSTM', 'GRU'}
    weight_ih, bias_ih, bias_hh : numpy.ndarray, shape (num_models, rows)
    weight_hh : numpy.ndarray, shape (num_models, rows, hidden_size)
    fc_weight : numpy.ndarray, shape (num_models, hidden_size)
    fc_bias : numpy.ndarray, shape (num_models,)
    """

    def __init__(self, flat: np.ndarray, hidden_size: int, cell: str = "RNN") -> None:
        self.flat, self.hidden_size, self.cell = flat, hidden_size, cell
        rows = CELLS[cell] * hidden_size
        # The order in which WaveRNN.parameters() gives them.
        shapes = {
            "weight_ih": (rows,),
            "weight_hh": (rows, hidden_size),
            "bias_ih": (rows,),
            "bias_hh": (rows,),
            "fc_weight": (hidden_size,),
            "fc_bias": (),
        }
        begin = 0
        for name, shape in shapes.items():
            end = begin + int(np.prod(shape))
            setattr(self, name, flat[:, begin:end].reshape(len(flat), *shape))
            begin = end


class Record:
    """What happens on the way forwards, which is needed on the way back, and room for that way.

    Attributes
    ----------
    h, c : numpy.ndarray, shape (seq_len + 1, num_models, batch, hidden_size)
        The states; ``h[0]`` comes from outside, ``h[t + 1]`` belongs to ``y[t]``. ``c`` only for
        LSTM.
    gates : numpy.ndarray, shape (seq_len, num_gates, num_models, batch, hidden_size)
        i, f, g, o of an LSTM or r, z, n of a GRU; not for RNN.
    extra : numpy.ndarray, shape (seq_len, num_models, batch, hidden_size)
        ``tanh(c_t)`` of an LSTM, ``q_t`` of a GRU.
    da : numpy.ndarray, shape (seq_len, num_models, batch, rows)
        Room for the derivatives ``da_t``; for GRU ``(dar_t, daz_t, dq_t)`` at first and in the end
        ``(dar_t, daz_t, dan_t)``. On the way forwards what the inputs add to the gates is kept
        there.
    factors : numpy.ndarray, shape of ``gates``
        Room for what the derivatives of the states are multiplied with.
    """

    def __init__(self, w: Weights, seq_len: int, batch: int = 1) -> None:
        num_gates, size = CELLS[w.cell], (len(w.flat), batch, w.hidden_size)
        self.h = np.empty((seq_len + 1, *size))
        self.da = np.empty((seq_len, *size[:2], num_gates * w.hidden_size))
        if w.cell != "RNN":
            self.gates, self.factors = np.empty((2, seq_len, num_gates, *size))
            self.extra = np.empty((seq_len, *size))
        if w.cell == "LSTM":
            self.c = np.empty_like(self.h)

    @property
    def states(self) -> tuple[np.ndarray, ...]:
        """``(h,)``, or ``(h, c)`` for LSTM."""
        return (self.h, self.c) if hasattr(self, "c") else (self.h,)


def by_gate(rows: np.ndarray, num_gates: int) -> np.ndarray:
    """Return a view of (..., num_models, batch, rows) with the gates before the models."""
    return np.moveaxis(rows.reshape(*rows.shape[:-1], num_gates, -1), -2, -4)


def forward(
    w: Weights,
    x: np.ndarray,
    state: tuple[np.ndarray, ...] | None = None,
    record: Record | None = None,
) -> tuple[np.ndarray, Record]:
    """Run all networks over the same sequences.

    Parameters
    ----------
    w : Weights
    x : numpy.ndarray, shape (seq_len, batch)
    state : tuple of numpy.ndarray, each of shape (num_models, batch, hidden_size), optional
        ``(h_0,)``, or ``(h_0, c_0)`` for LSTM; zeros if it is not given.
    record : Record, optional
        Is overwritten and returned; a new one each time would take longer.

    Returns
    -------
    y : numpy.ndarray, shape (seq_len, num_models, batch)
    record : Record
    """
    record = Record(w, *x.shape) if record is None else record
    for number, values in enumerate(record.states):
        values[0] = 0 if state is None else state[number]
    if w.cell == "LSTM":
        _forward_lstm(w, x, record)
    elif w.cell == "GRU":
        _forward_gru(w, x, record)
    elif len(w.flat) == x.shape[1] == 1:
        drive = np.outer(x, w.weight_ih[0]) + (w.bias_ih + w.bias_hh)
        _forward_one(w.weight_hh[0], drive, record.h[:, 0, 0])
    else:
        _forward_rnn(w, x, record)
    y = (record.h[1:] @ w.fc_weight[:, :, None])[..., 0] + w.fc_bias[:, None]
    return y, record


def backward(w: Weights, x: np.ndarray, record: Record, dy: np.ndarray, gradient: Weights) -> None:
    """Write the derivatives of the loss into ``gradient``, by backpropagation through time.

    Parameters
    ----------
    w : Weights
    x : numpy.ndarray, shape (seq_len, batch)
    record : Record
        From ``forward``; its room for derivatives is overwritten.
    dy : numpy.ndarray, shape (seq_len, num_models, batch)
        The derivative of the loss with respect to each output.
    gradient : Weights
        Is overwritten.
    """
    h, da = record.h, record.da
    if len(w.flat) == x.shape[1] == 1 and w.cell == "RNN":
        _backward_one(w, x[:, 0], h[:, 0, 0], dy[:, 0, 0], gradient, da[:, 0, 0])
        return
    dh = dy[..., None] * w.fc_weight[:, None]  # the part that comes from the outputs
    {"RNN": _backward_rnn, "LSTM": _backward_lstm, "GRU": _backward_gru}[w.cell](w, record, dh)
    # Sums over t and over the batch are products of matrices; with ones they are sums.
    x_and_ones, da_by_model = np.stack([x.reshape(-1), np.ones(x.size)]), _by_model(da)
    np.matmul(da_by_model.mT, _by_model(h[:-1]), out=gradient.weight_hh)
    if w.cell == "GRU":
        np.matmul(x_and_ones[1], da_by_model, out=gradient.bias_hh)
        np.multiply(record.factors[:, 2], dh, out=by_gate(da, 3)[:, 2])  # dan instead of dq
        da_by_model = _by_model(da)
    gradient.weight_ih[:], gradient.bias_ih[:] = np.moveaxis(x_and_ones @ da_by_model, 1, 0)
    if w.cell != "GRU":
        gradient.bias_hh[:] = gradient.bias_ih
    gradient.fc_weight[:] = (_by_model(dy[..., None]).mT @ _by_model(h[1:]))[:, 0]
    dy.sum(axis=(0, 2), out=gradient.fc_bias)


def _by_model(values: np.ndarray) -> np.ndarray:
    """Return (seq_len, num_models, batch, n) as (num_models, seq_len * batch, n)."""
    return values.swapaxes(0, 1).reshape(values.shape[1], -1, values.shape[3])


def _forward_rnn(w: Weights, x: np.ndarray, record: Record) -> None:
    h, bias = record.h, (w.bias_ih + w.bias_hh)[:, None]
    for t in range(len(x)):
        a = np.matmul(h[t], w.weight_hh.mT, out=h[t + 1])
        a += w.weight_ih[:, None] * x[t][:, None]
        a += bias
        np.tanh(a, out=a)


def _backward_rnn(w: Weights, record: Record, dh: np.ndarray) -> None:
    h, da = record.h, record.da
    np.multiply(h[1:], h[1:], out=da)
    np.subtract(1, da, out=da)  # 1 - h^2; times dh_t it becomes da_t, from the last t to the first
    for t in reversed(range(len(da))):
        if t + 1 < len(da):
            dh[t] += da[t + 1] @ w.weight_hh
        da[t] *= dh[t]


def _inputs(w: Weights, x: np.ndarray, record: Record) -> np.ndarray:
    """Return W_ih x_t + b_ih + b_hh for all t, by gate; it takes the room of ``record.da``."""
    np.multiply(x[:, None, :, None], w.weight_ih[:, None], out=record.da)
    record.da += (w.bias_ih + w.bias_hh)[:, None]
    return by_gate(record.da, CELLS[w.cell])


def _sigmoid(a: np.ndarray) -> None:
    """Replace ``a`` by its sigmoid, which is tanh(a / 2) / 2 + 1 / 2."""
    a *= 0.5
    np.tanh(a, out=a)
    a *= 0.5
    a += 0.5


def _forward_lstm(w: Weights, x: np.ndarray, record: Record) -> None:
    inputs, h, c, tanh_c = _inputs(w, x, record), record.h, record.c, record.extra
    product, added = np.empty_like(record.da[0]), np.empty_like(h[0])
    product_by_gate = by_gate(product, 4)
    for t, a in enumerate(record.gates):
        np.matmul(h[t], w.weight_hh.mT, out=product)
        np.add(product_by_gate, inputs[t], out=a)
        _sigmoid(a[:2])
        np.tanh(a[2], out=a[2])
        _sigmoid(a[3])
        i, f, g, o = a
        np.multiply(f, c[t], out=c[t + 1])
        c[t + 1] += np.multiply(i, g, out=added)
        np.tanh(c[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=h[t + 1])


def _backward_lstm(w: Weights, record: Record, dh: np.ndarray) -> None:
    i, f, g, o = np.moveaxis(record.gates, 1, 0)
    tanh_c, da = record.extra, by_gate(record.da, 4)
    # First the factors of dc_t and dh_t, for all t at once.
    factors = record.factors
    np.multiply(record.gates, record.gates, out=factors)
    np.subtract(record.gates, factors, out=factors)  # s (1 - s), which is right for i, f and o
    factors[:, 0] *= g
    factors[:, 1] *= record.c[:-1]
    factors[:, 2] = i * (1 - g * g)
    factors[:, 3] *= tanh_c
    into_c = o * (1 - tanh_c * tanh_c)
    dc, added = np.zeros_like(dh[0]), np.empty_like(dh[0])
    for t in reversed(range(len(da))):
        if t + 1 < len(da):
            dh[t] += np.matmul(record.da[t + 1], w.weight_hh, out=added)
            dc *= f[t + 1]
        dc += np.multiply(dh[t], into_c[t], out=added)
        np.multiply(factors[t, :3], dc, out=da[t, :3])
        np.multiply(factors[t, 3], dh[t], out=da[t, 3])


def _forward_gru(w: Weights, x: np.ndarray, record: Record) -> None:
    inputs, h, q = _inputs(w, x, record), record.h, record.extra
    b_hn = w.bias_hh[:, None, 2 * w.hidden_size :]
    inputs[:, 2] -= b_hn  # which belongs to q
    product, added = np.empty_like(record.da[0]), np.empty_like(h[0])
    product_by_gate = by_gate(product, 3)
    for t, a in enumerate(record.gates):
        np.matmul(h[t], w.weight_hh.mT, out=product)
        np.add(product_by_gate[:2], inputs[t, :2], out=a[:2])
        _sigmoid(a[:2])
        r, z, n = a
        np.add(product_by_gate[2], b_hn, out=q[t])
        np.multiply(r, q[t], out=n)
        n += inputs[t, 2]
        np.tanh(n, out=n)
        np.subtract(h[t], n, out=added)
        added *= z
        np.add(n, added, out=h[t + 1])


def _backward_gru(w: Weights, record: Record, dh: np.ndarray) -> None:
    r, z, n = np.moveaxis(record.gates, 1, 0)
    da, factors = by_gate(record.da, 3), record.factors
    # First the factors of dh_t, for all t at once.
    np.multiply(record.gates, record.gates, out=factors)
    np.subtract(record.gates, factors, out=factors)  # s (1 - s), which is right for r and z
    factors[:, 1] *= record.h[:-1] - n
    factors[:, 2] = (1 - z) * (1 - n * n)
    factors[:, 0] *= record.extra
    factors[:, 0] *= factors[:, 2]
    added = np.empty_like(dh[0])
    for t in reversed(range(len(da))):
        if t + 1 < len(da):
            dh[t] += np.matmul(record.da[t + 1], w.weight_hh, out=added)
            dh[t] += np.multiply(dh[t + 1], z[t + 1], out=added)
        np.multiply(factors[t], dh[t], out=da[t])
        da[t, 2] *= r[t]


# One RNN alone takes less than half of the time with vectors than with stacks of one. The formulas
# are the same; the rows of an array are taken out of it once.


def _forward_one(weight_hh: np.ndarray, drive: np.ndarray, h: np.ndarray) -> None:
    """Write h_t = tanh(drive_t + W_hh h_(t-1)) into the rows of ``h`` after the first."""
    rows = list(h)
    for before, after, drive_t in zip(rows, rows[1:], drive, strict=False):
        weight_hh.dot(before, after)
        after += drive_t
        np.tanh(after, out=after)


def _backward_one(
    w: Weights, x: np.ndarray, h: np.ndarray, dy: np.ndarray, gradient: Weights, da: np.ndarray
) -> None:
    """Do the same as ``backward``, for one RNN and one sequence."""
    weight_hh, product = w.weight_hh[0], np.empty(w.hidden_size)
    np.multiply(h[1:], h[1:], out=da)
    np.subtract(1, da, out=da)
    later = None
    for dh_t, da_t in reversed(list(zip(dy[:, None] * w.fc_weight, da, strict=True))):
        if later is not None:
            dh_t += later.dot(weight_hh, product)
        da_t *= dh_t
        later = da_t
    dy.dot(h[1:], gradient.fc_weight[0])
    gradient.fc_bias[0] = dy.sum()
    da.T.dot(h[:-1], gradient.weight_hh[0])
    x.dot(da, gradient.weight_ih[0])
    da.sum(axis=0, out=gradient.bias_hh[0])
    gradient.bias_ih[:] = gradient.bias_hh
