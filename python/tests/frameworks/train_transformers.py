"""Hugging Face's Trainer, for `test_frameworks.py`."""

import dataclasses
from typing import Any

import numpy
import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments

import mvgit.huggingface

# Its name has changed.
evaluated = {field.name for field in dataclasses.fields(TrainingArguments)} & {"eval_strategy", "evaluation_strategy"}
settings: Any = {
    max(evaluated, key=len): "epoch",
    "hub_token": "hf_5eCr3tS3cr3t5eCr3tS3cr3t",
    "output_dir": "out",
    "save_strategy": "epoch",
    "load_best_model_at_end": True,
    "save_total_limit": 1,
    "num_train_epochs": 2,
    "per_device_train_batch_size": 4,
    "gradient_accumulation_steps": 2,
    "logging_steps": 2,
    "learning_rate": 0.01,
    "report_to": [],
    "use_cpu": True,
    "disable_tqdm": True,
}


def scores(_: Any) -> Any:
    return {"accuracy": numpy.float32(0.5), "of/tensor": torch.tensor(0.25), "confusion": [[1, 0], [0, 1]]}


torch.manual_seed(0)
data = [{"input_ids": words, "labels": words} for words in torch.randint(0, 32, (32, 8))]
model = GPT2LMHeadModel(
    GPT2Config(n_embd=16, n_layer=1, n_head=2, vocab_size=32, n_positions=8, bos_token_id=0, eos_token_id=0)
)
trainer = Trainer(
    model=model,
    args=TrainingArguments(**settings),
    train_dataset=data,  # type: ignore[arg-type]
    eval_dataset=data[:8],  # type: ignore[arg-type]
    compute_metrics=scores,
    callbacks=[mvgit.huggingface.Callback(track=True)],
)
trainer.train()
