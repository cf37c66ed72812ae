"""RNN, LSTM and GRU for many networks at once, forwards and backwards, in NumPy.

This is fast on purpose, and not plain: all networks have the same kind of cell and the same size
and read the same sequences, so every array has one more axis, ``num_models``, and one line serves
them all. One number goes in and one comes out at each point in time.

The cells are those of ``nn.RNN``, ``nn.LSTM`` and ``nn.GRU`` with one layer, in the letters of
PyTorch's docs; ``*`` multiplies element by element. W_ih, W_hh and both biases hold the rows of all
gates, one gate below the other, in the order i, f, g, o or r, z, n::

    RNN    h_t = tanh(a_t)                     a_t = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh
    LSTM   i_t, f_t, g_t, o_t = sigmoid, sigmoid, tanh, sigmoid of their rows of a_t
           c_t = f_t * c_(t-1) + i_t * g_t     h_t = o_t * tanh(c_t)
    GRU    r_t, z_t = sigmoid of their rows of a_t
           n_t = tanh(W_in x_t + b_in + r_t * q_t)    q_t = W_hn h_(t-1) + b_hn
           h_t = (1 - z_t) * n_t + z_t * h_(t-1)
    all    y_t = W_fc h_t + b_fc               the output, of nn.Linear

The gradients are derived by hand: backpropagation through time, from the last t to the first
(Werbos, 1990, "Backpropagation through time: what it does and how to do it"). ``dz`` is the
derivative of the loss with respect to z, ``'`` transposes, and past the end everything is 0. A
hidden state is used by the output and by the next step, so its derivative has a term from each::

    RNN    dh_t  = W_fc' dy_t + W_hh' da_(t+1)        da_t = dh_t * (1 - h_t^2)
    LSTM   dh_t  = W_fc' dy_t + W_hh' da_(t+1)        dao_t = dh_t * tanh(c_t) * o_t * (1 - o_t)
           dc_t  = dh_t * o_t * (1 - tanh(c_t)^2) + dc_(t+1) * f_(t+1)
           dai_t = dc_t * g_t * i_t * (1 - i_t)       daf_t = dc_t * c_(t-1) * f_t * (1 - f_t)
           dag_t = dc_t * i_t * (1 - g_t^2)
    GRU    dh_t  = W_fc' dy_t + W_hh' (dar_(t+1), daz_(t+1), dq_(t+1)) + dh_(t+1) * z_(t+1)
           dan_t = dh_t * (1 - z_t) * (1 - n_t^2)     dar_t = dan_t * q_t * r_t * (1 - r_t)
           daz_t = dh_t * (h_(t-1) - n_t) * z_t * (1 - z_t)     dq_t = dan_t * r_t
    all    dW_ih = sum of da_t x_t'    dW_hh = sum of da_t h_(t-1)'    db_ih = db_hh = sum of da_t

where a GRU has dan_t in dW_ih and db_ih, and dq_t in dW_hh and db_hh, for its last third of rows.
"""

import numpy as np

CELLS = {"RNN": 1, "LSTM": 4, "GRU": 3}  # how many times hidden_size rows the weights have
GATE_NAMES = {"RNN": "", "LSTM": "ifgo", "GRU": "rzn"}  # in the order of the rows


class Weights:
    """The weights of many networks, or the derivatives by them.

    They lie side by side in ``flat``, shape (num_models, num_parameters). The other arrays are
    views of its parts; before their shapes below comes ``num_models``.
    """

    def __init__(self, flat: np.ndarray, hidden_size: int, cell: str = "RNN") -> None:
        self.flat, self.hidden_size, self.cell = flat, hidden_size, cell
        rows, begin = CELLS[cell] * hidden_size, 0
        # In the order of WaveRNN.parameters().
        shapes = {"weight_ih": (rows,), "weight_hh": (rows, hidden_size), "bias_ih": (rows,)}
        shapes |= {"bias_hh": (rows,), "fc_weight": (hidden_size,), "fc_bias": ()}
        for name, shape in shapes.items():
            end = begin + int(np.prod(shape))
            setattr(self, name, flat[:, begin:end].reshape(len(flat), *shape))
            begin = end


class Record:
    """What happens on the way forwards and is needed on the way back, with room for that way.

    ``size`` is (num_models, batch, hidden_size), and ``rows`` that of the gates together.
    """

    def __init__(self, w: Weights, seq_len: int, batch: int = 1) -> None:
        num_gates, size = CELLS[w.cell], (len(w.flat), batch, w.hidden_size)
        # (seq_len + 1, *size): h[0] comes from outside, h[t + 1] belongs to y[t]; c too, of an LSTM
        self.h = np.empty((seq_len + 1, *size))
        # (seq_len, num_models, batch, rows): da_t; on the way forwards what the inputs add to a_t
        self.da = np.empty((seq_len, *size[:2], num_gates * w.hidden_size))
        if w.cell != "RNN":
            # (seq_len, num_gates, *size): the gates, and what turns dc_t or dh_t into da_t
            self.gates, self.factors = np.empty((2, seq_len, num_gates, *size))
            # (seq_len, *size): tanh(c_t) of an LSTM, q_t of a GRU
            self.extra = np.empty((seq_len, *size))
        self.states = (self.h,)
        if w.cell == "LSTM":
            self.c = np.empty_like(self.h)
            self.states = (self.h, self.c)


def by_gate(rows: np.ndarray, num_gates: int) -> np.ndarray:
    """Return a view of (..., num_models, batch, rows) with the gates before the models."""
    return np.moveaxis(rows.reshape(*rows.shape[:-1], num_gates, -1), -2, -4)


def forward(
    w: Weights,
    x: np.ndarray,
    state: tuple[np.ndarray, ...] | None = None,
    record: Record | None = None,
) -> tuple[np.ndarray, Record]:
    """Run all networks over the same sequences ``x``, shape (seq_len, batch).

    Or each over its own, if ``x`` has shape (seq_len, num_models, batch).
    ``state`` is ``(h_0,)``, or ``(h_0, c_0)`` for LSTM, each of shape (num_models, batch,
    hidden_size); zeros if it is not given. A ``record`` is overwritten, which is quicker than to
    make a new one each time. Returns ``y`` of shape (seq_len, num_models, batch), and the record.
    """
    x = x[:, None] if x.ndim == 2 else x
    record = Record(w, len(x), x.shape[2]) if record is None else record
    for number, values in enumerate(record.states):
        values[0] = 0 if state is None else state[number]
    np.multiply(x[..., None], w.weight_ih[:, None], out=record.da)
    record.da += (w.bias_ih + w.bias_hh)[:, None]
    {"RNN": _forward_rnn, "LSTM": _forward_lstm, "GRU": _forward_gru}[w.cell](w, record)
    y = (record.h[1:] @ w.fc_weight[:, :, None])[..., 0] + w.fc_bias[:, None]
    return y, record


def backward(w: Weights, x: np.ndarray, record: Record, dy: np.ndarray, gradient: Weights) -> None:
    """Write the derivatives of the loss into ``gradient``, by backpropagation through time.

    ``record`` is that of ``forward`` with the same ``x``; its room is overwritten. ``dy``, shape
    (seq_len, num_models, batch), holds the derivative of the loss by each output.
    """
    dh = dy[..., None] * w.fc_weight[:, None]  # the part that comes from the outputs
    {"RNN": _backward_rnn, "LSTM": _backward_lstm, "GRU": _backward_gru}[w.cell](w, record, dh)
    # Sums over t and over the batch are products of matrices; with ones they are sums.
    da, h = _by_model(record.da), _by_model(record.h)
    count = da.shape[1]
    ones = np.ones(count)
    np.matmul(da.mT, h[:, :count], out=gradient.weight_hh)
    np.matmul(ones, da, out=gradient.bias_hh)
    gradient.bias_ih[:] = gradient.bias_hh
    if w.cell == "GRU":
        np.multiply(record.factors[:, 2], dh, out=by_gate(record.da, 3)[:, 2])  # dan instead of dq
        da = _by_model(record.da)
        np.matmul(ones, da, out=gradient.bias_ih)
    if x.ndim == 2:
        np.matmul(x.reshape(-1), da, out=gradient.weight_ih)
    else:
        np.matmul(_by_model(x[..., None]).mT, da, out=gradient.weight_ih[:, None])
    np.matmul(_by_model(dy[..., None]).mT, h[:, -count:], out=gradient.fc_weight[:, None])
    dy.sum(axis=(0, 2), out=gradient.fc_bias)


def _by_model(values: np.ndarray) -> np.ndarray:
    """Return (seq_len, num_models, batch, n) as (num_models, seq_len * batch, n)."""
    return values.swapaxes(0, 1).reshape(values.shape[1], -1, values.shape[3])


def _across(w: Weights, batch: int) -> np.ndarray:
    """Return W_hh transposed; for a batch as an array of its own, which is multiplied sooner."""
    return w.weight_hh.mT if batch == 1 else np.ascontiguousarray(w.weight_hh.mT)


def _product(w: Weights, *arrays: np.ndarray) -> tuple:
    """Return a function that multiplies matrices, W_hh for it, and a list of each array's steps."""
    if len(w.flat) > 1:
        return np.matmul, w.weight_hh, *map(list, arrays)
    # A slider waits for one network: without the axis of the networks it takes half of the time.
    return np.ndarray.dot, w.weight_hh[0], *(list(array[:, 0]) for array in arrays)


def _forward_rnn(w: Weights, record: Record) -> None:
    times, w_hh, h, inputs = _product(w, record.h, record.da)
    across = w_hh.mT
    for before, after, input_t in zip(h, h[1:], inputs, strict=False):
        times(before, across, after)
        after += input_t
        np.tanh(after, after)


def _backward_rnn(w: Weights, record: Record, dh: np.ndarray) -> None:
    np.multiply(record.h[1:], record.h[1:], out=record.da)
    np.subtract(1, record.da, out=record.da)  # 1 - h^2; times dh_t it becomes da_t
    times, w_hh, da, dh = _product(w, record.da, dh)
    da[-1] *= dh[-1]
    from_later = np.empty_like(da[0])
    for da_t, dh_t, later in reversed(list(zip(da, dh, da[1:], strict=False))):
        dh_t += times(later, w_hh, from_later)
        da_t *= dh_t


def _sigmoid(a: np.ndarray) -> None:
    """Replace ``a`` by its sigmoid, which is tanh(a / 2) / 2 + 1 / 2."""
    a *= 0.5
    np.tanh(a, out=a)
    a *= 0.5
    a += 0.5


def _forward_lstm(w: Weights, record: Record) -> None:
    inputs, h, c, tanh_c = by_gate(record.da, 4), record.h, record.c, record.extra
    product, added = np.empty_like(record.da[0]), np.empty_like(h[0])
    across = _across(w, h.shape[2])
    product_by_gate = by_gate(product, 4)
    for t, a in enumerate(record.gates):
        np.matmul(h[t], across, out=product)
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


def _forward_gru(w: Weights, record: Record) -> None:
    inputs, h, q = by_gate(record.da, 3), record.h, record.extra
    b_hn = w.bias_hh[:, None, 2 * w.hidden_size :]
    inputs[:, 2] -= b_hn  # which belongs to q
    product, added = np.empty_like(record.da[0]), np.empty_like(h[0])
    across = _across(w, h.shape[2])
    product_by_gate = by_gate(product, 3)
    for t, a in enumerate(record.gates):
        np.matmul(h[t], across, out=product)
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
