"""Writes this example's files: support tickets in data/, and a tiny text encoder in text_encoder/.

    python make_example.py       # needs pip install 'sagemaker-pipeline-compiler[local-pytorch]'

The tickets are made up: whether one is escalated depends on how its message sounds, on the value of the order
and on how often the customer came back, and on chance. The encoder is a BERT of two small layers with random
weights, so that the example runs without a download; a real pipeline names a pretrained one.
"""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

HERE = Path(__file__).resolve().parent
SUBJECTS = ["delivery", "refund", "invoice", "account", "product quality", "subscription", "gift card"]
CHANNELS = ["email", "chat", "phone", "web form"]
OPENINGS = [
    "hello", "good morning", "hi there", "dear team", "to whom it may concern", "hello again",
]  # fmt: skip
FACTS = [
    "my parcel has not arrived", "the colour is not the one i ordered", "i was charged twice",
    "the invoice shows another address", "the charger stopped working after a week",
    "i cannot sign in to my account", "the box was open when it came", "the code on my gift card is refused",
]  # fmt: skip
CALM = [
    "could you please have a look", "no hurry at all", "thank you for your kind help so far",
    "i am sure this is easy to solve", "a short answer is enough", "otherwise i am very happy with it",
    "when would suit you", "thanks in advance",
]  # fmt: skip
ANGRY = [
    "this is the third time i write", "i am very disappointed", "nobody ever calls me back",
    "i want to speak to your manager now", "this is unacceptable", "i will contact my lawyer",
    "i demand my money back today", "your service is a disgrace",
]  # fmt: skip


def ticket(number: int, chance: random.Random) -> dict[str, object]:
    """One ticket with its outcome."""
    temper = chance.random()
    sentences = [chance.choice(FACTS)]
    sentences += [chance.choice(ANGRY if chance.random() < temper else CALM) for _ in range(3)]
    chance.shuffle(sentences)
    value = round(chance.gammavariate(2, 60), 2)
    contacts = min(int(chance.expovariate(0.7)), 9)
    channel = chance.choice(CHANNELS)
    angry = sum(sentence in ANGRY for sentence in sentences)
    risk = 1.6 * angry + 0.006 * value + 0.5 * contacts + 0.7 * (channel == "phone") - 5.2
    escalated = chance.random() < 1 / (1 + 2.718281828 ** -(1.4 * risk))
    return {
        "ticket_id": f"T{number:06d}",
        "subject": chance.choice(SUBJECTS),
        "message": ". ".join([chance.choice(OPENINGS), *sentences]),
        "channel": channel,
        "order_value": value if chance.random() > 0.05 else None,
        "earlier_contacts": contacts,
        "escalated": "yes" if escalated else "no",
    }


def write_tickets(folder: Path, first: int, rows: int, shards: int) -> None:
    """Write tickets as Parquet shards."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(first)
    tickets = [ticket(first + number, chance) for number in range(rows)]
    for shard in range(shards):
        table = pa.Table.from_pylist(tickets[shard::shards])
        pq.write_table(table, folder / f"part-{shard:05d}.parquet", compression="zstd")


def write_encoder(folder: Path) -> None:
    """Write an untrained BERT that knows every word of the tickets."""
    torch.manual_seed(0)
    phrases = [*SUBJECTS, *OPENINGS, *FACTS, *CALM, *ANGRY, "."]
    words = sorted({word for phrase in phrases for word in phrase.split()})
    vocabulary = {word: code for code, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    ).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)


if __name__ == "__main__":
    write_tickets(HERE / "data" / "train", 0, 4000, 4)
    write_tickets(HERE / "data" / "calibration", 100_000, 1500, 2)
    write_encoder(HERE / "text_encoder")
