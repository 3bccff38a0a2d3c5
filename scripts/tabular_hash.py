"""A hash of rows that depends on their values only: not on order, files, columns' order or widths.

FNV-1a over eight-byte words with a finaliser (FNV alone leaves the high bits poor), vectorised: about
a tenth of a second per million identifiers. Not Python's `hash`, which differs from run to run.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_OFFSET = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_WORD = 8
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(_WORD + 1)], dtype=np.uint64)
_INT64_LIMIT = float(2**63)


def hash_ids(ids: pa.Array) -> np.ndarray:
    """One 64-bit hash per identifier; the number 17 and the text '17' are the same identifier."""
    texts = ids.cast(pa.string())
    if pa.types.is_floating(ids.type):
        whole = pc.and_(pc.equal(pc.trunc(ids), ids), pc.less(pc.abs(ids), _INT64_LIMIT))
        texts = pc.if_else(whole, ids.cast(pa.int64(), safe=False).cast(pa.string()), texts)
    return _hash_texts(texts)


def hash_rows(batch: pa.RecordBatch) -> np.ndarray:
    """One 64-bit hash per row of its whole content, by column name; a null is as good as no column.

    Equal rows have equal hashes, whatever the order of columns and whatever the width of numbers.
    """
    total = np.zeros(batch.num_rows, dtype=np.uint64)
    for name in batch.schema.names:
        values = batch.column(name)
        salt = _hash_texts(pa.array([name]))
        # A sum, because it does not depend on the order of its terms.
        hashes = mixed(_hash_values(values) ^ salt)
        hashes[values.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)] = 0
        total += hashes
    return total


def unit_interval(hashes: np.ndarray, seed: int) -> np.ndarray:
    """The hashes as numbers in [0, 1), another arrangement for each seed."""
    salt = mixed(np.array([seed % 2**64], dtype=np.uint64))
    return (mixed(hashes ^ salt) >> np.uint64(11)) / float(1 << 53)


def mixed(hashes: np.ndarray) -> np.ndarray:
    """MurmurHash3's finaliser: every bit of the input changes about half of the output's bits."""
    hashes = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    hashes = (hashes ^ (hashes >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return hashes ^ (hashes >> np.uint64(33))


def _hash_values(values: pa.Array) -> np.ndarray:
    kind = values.type
    if pa.types.is_string(kind):
        return _hash_texts(values)
    if pa.types.is_floating(kind):
        return _hash_floats(values)
    if pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us", kind.tz), safe=False)
    elif pa.types.is_date32(kind) or pa.types.is_time32(kind):
        values = values.cast(pa.int32())
    if not pa.types.is_uint64(kind):
        values = values.cast(pa.int64())
    return mixed(pc.fill_null(values, 0).to_numpy(zero_copy_only=False).astype(np.uint64, copy=False))


def _hash_floats(values: pa.Array) -> np.ndarray:
    floats = pc.fill_null(values, 0.0).to_numpy(zero_copy_only=False).astype(np.float64)
    bits = floats.view(np.uint64).copy()
    # A whole number hashes like the integer: a column may be int64 in one delivery, float64 in the next.
    whole = (np.floor(floats) == floats) & (np.abs(floats) < _INT64_LIMIT)
    bits[whole] = floats[whole].astype(np.int64).view(np.uint64)
    return mixed(bits)


def _hash_texts(values: pa.Array) -> np.ndarray:
    """FNV-1a over each text's UTF-8 bytes in words of eight; a null hashes like an empty text."""
    _, offset_buffer, data = values.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int32)[values.offset : values.offset + len(values) + 1]
    offsets = offsets.astype(np.int64)
    first, last = int(offsets[0]), int(offsets[-1])
    padded = np.zeros(last - first + _WORD, dtype=np.uint8)
    if last > first:
        padded[: last - first] = np.frombuffer(data, dtype=np.uint8)[first:last]
    # A window on every byte position: word i begins at byte i.
    words = np.ndarray(shape=(last - first + 1,), dtype="<u8", buffer=padded, strides=(1,))
    starts = offsets[:-1] - first
    lengths = np.diff(offsets)
    hashes = np.full(len(values), _OFFSET, dtype=np.uint64)
    active = np.flatnonzero(lengths > 0)
    done = 0
    while len(active):
        remaining = np.minimum(lengths[active] - done, _WORD)
        state = (hashes[active] ^ (words[starts[active] + done] & _MASKS[remaining])) * _PRIME
        # Multiplying moves differences upwards only; without this the next word could cancel them.
        hashes[active] = state ^ (state >> np.uint64(32))
        done += _WORD
        active = active[lengths[active] > done]
    return (hashes ^ lengths.astype(np.uint64)) * _PRIME
