"""Makes a LoRA adapter of the tiny Llama model with peft, and what it makes of the model's weights.

Writes into Tests/PolicyTests/Golden/adapter/, for the model of tiny-untied/ (golden_tiny.py):

* adapter_config.json, adapter_model.safetensors: as `save_pretrained` of peft writes them, factors random
* merged.safetensors (F32): the adapted matrices after `merge_and_unload`, by their names in the model

Run: python tools/golden_adapter.py        needs torch, transformers, peft, safetensors
"""

import json

import peft
import torch
import transformers
from safetensors.torch import save_file

from golden_tokens import GOLDEN


def main():
    torch.manual_seed(3)
    folder = GOLDEN / "adapter"
    model = transformers.AutoModelForCausalLM.from_pretrained(GOLDEN / "tiny-untied")
    adapted = peft.get_peft_model(model, peft.LoraConfig(
        r=3, lora_alpha=5, lora_dropout=0.1, target_modules=["q_proj", "v_proj", "down_proj"], task_type="CAUSAL_LM"))
    names = set()
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.2)
                names.add(name.removeprefix("base_model.model.").split(".lora_")[0] + ".weight")
    adapted.save_pretrained(folder)
    # The path of this machine says nothing.
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = "tiny-untied"
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "README.md").unlink()
    merged = adapted.merge_and_unload().state_dict()
    save_file({name: merged[name].contiguous() for name in sorted(names)}, folder / "merged.safetensors")
    for file in folder.iterdir():
        file.chmod(0o644)
        print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
