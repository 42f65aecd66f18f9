"""Makes conversations rendered by transformers through chat templates of several styles.

Writes Tests/PolicyTests/Golden/templates.json: a list of
{"name", "template", "tokens": {"bos_token", ...}, "cases": [{"messages", "prompt", "text" | "error"}]}, where
"prompt" is add_generation_prompt and "error" is true where the template refuses the conversation.

The template of SmolLM2 is the one in its GGUF file (Apache-2.0); the others are written here in the style of
the families that they are named after, and "language" goes through the constructs that any of them uses.

Run: python tools/golden_templates.py [GGUF]        needs transformers, tokenizers, gguf
"""

import json
import sys

import gguf
import jinja2
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

from golden_tokens import GOLDEN, ROOT

TEMPLATES = {
    "chatml": """{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}""",
    "llama3": """{{- bos_token }}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{#- The system's part is always there. #}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- else %}
        {{- raise_exception("No tools here") }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
    "qwen2": """{%- if tools %}
    {{- '<|im_start|>system\\n# Tools\\n' }}
    {%- for tool in tools %}
        {{- tool | tojson }}
    {%- endfor %}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- else %}
        {{- '<|im_start|>system\\nYou answer questions.<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
""",
    "zephyr": """{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}""",
    "mistral": """{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token}}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}""",
    "llama2": """{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}""",
    "gemma": """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\\n'}}{% endif %}""",
    "deepseek-r1": """{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, is_tool=false, system_prompt='') %}{%- for message in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}{%- for message in messages %}{%- if message['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<|User|>' + message['content']}}{%- endif %}{%- if message['role'] == 'assistant' and message['content'] is not none %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{'<|Assistant|>' + content + eos_token}}{%- endif %}{%- endfor -%}{% if add_generation_prompt and not ns.is_tool %}{{'<|Assistant|><think>\\n'}}{% endif %}""",
    "qwen3": """{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system") %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in content %}
                {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index and (loop.last or (not loop.last and reasoning_content)) %}
            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}""",
    "generation": """{% for m in messages %}
  {%- if m.role == 'assistant' -%}
    {% generation %}{{ m.content }}{{ eos_token }}{% endgeneration %}
  {%- else %}
{{ m.role | upper }}: {{ m.content }}

  {%- endif %}
{% endfor %}
""",
    "language": """{# comment #}{%- set a, b = 3, 4.5 -%}
{{ a + 2 * b }} {{ a // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ a ~ b ~ none ~ true }} {{ 1 < a <= 3 }}
  {% set items = ['x', "y's", 'é\\t', 12, none, True, {'k': [1, 2]}] %}
{{ items }} {{ items | length }} {{ items[1:3] }} {{ items[-1].k[0] }} {{ items[::-2] }} {{ 'abc'[1] }}
{{ items | tojson }}
{{ items[-1] | tojson(indent=2) }}
    {%+ if a == 3 %}kept{% endif %}

{{ 'yes' if a > 2 else 'no' }} {{ 'never' if a > 9 }}|{{ missing }}|{{ missing is defined }} {{ missing | default('d') }}
{% for key, value in {'p': 1, 'q': 2}.items() %}{{ key }}={{ value }}{{ ', ' if not loop.last }}{% endfor %}

{% for i in range(5) if i != 2 %}{% if i == 4 %}{% break %}{% endif %}{{ loop.index }}/{{ loop.length }}:{{ i }} {% else %}none{% endfor %}

{% for m in [] %}{% else %}empty{% endfor %} {{ [1, 2] + [3] }} {{ 'ab' * 2 }} {{ ('x', 'y') | join('-') }}
{% set block %}  inner {{ a }} {% endset %}[{{ block }}][{{ block | trim | upper }}]
{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'Title Case'.lower() }} {{ 'x-y'.replace('-', '+') }} {{ ' s '.strip() }}|
{{ not a == 3 or b is number and 'x' in items }} {{ 'z' not in 'xyz' }} {{ a is odd }} {{ a is divisibleby 3 }} {{ 'a' is string }}
{{ messages | map(attribute='role') | list if false else messages[0]['role'] }} {{ messages[0].get('nope', 'no') }} {{ messages[-1]['content'] | length }}
{%- if a is not none and (a, 3) %} tuple{% endif %} {{ items is mapping }} {{ {} is mapping }} {{ 'a' == "a" }} {{ 1 == 1.0 }} {{ 2 ** 3 }}
{{ 'quote \\' and \\x41 \\u00e9 \\\\' }} {{ 'first' | first }} {{ [3, 1] | last }} {{ 'heLLo' | capitalize }} {{ '5' | int + 1 }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }}
    end
""",
}
CONVERSATIONS = [
    [("user", "What is 3 + 4?")],
    [("system", "  Be brief. "), ("user", "\n Hello \n"), ("assistant", "Hi!"), ("user", "Größe 东京 🙂 <|im_end|>")],
    [("user", "a"), ("assistant", "<think>\nb is c\n</think>\n\nd"), ("user", ""), ("assistant", "<think>\ne\n</think>\nf")],
    [("assistant", "I go first."), ("tool", "{\"x\": 1}")],
]


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else ROOT / "models/smollm2-135m-instruct.gguf"
    templates = {"smollm2": gguf.GGUFReader(path).fields["tokenizer.chat_template"].contents(), **TEMPLATES}
    tokens = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    result = []
    for name, template in templates.items():
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()), chat_template=template, **tokens)
        cases = []
        for turns in CONVERSATIONS:
            messages = [{"role": role, "content": content} for role, content in turns]
            for prompt in (False, True):
                case = {"messages": messages, "prompt": prompt}
                try:
                    case["text"] = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
                except jinja2.TemplateError:
                    case["error"] = True
                cases.append(case)
        result.append({"name": name, "template": template, "tokens": tokens, "cases": cases})
        print(f"{name}: {sum('text' in case for case in cases)} rendered, {sum('error' in case for case in cases)} refused")
    path = GOLDEN / "templates.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
