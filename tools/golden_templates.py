"""Makes conversations rendered by transformers through chat templates of several styles.

Writes Tests/PolicyTests/Golden/templates.json: a list of
{"name", "template", "tokens": {"bos_token", ...}, "cases": [{"messages", "tools", "prompt", "text" | "error"}]}, where
"prompt" is add_generation_prompt and "error" is true where the template refuses the conversation. The clock stands at
noon of 3 February 2026, UTC.

The template of SmolLM2 is the one in its GGUF file (Apache-2.0); the others are written here in the style of
the families that they are named after, and "language" goes through the constructs that any of them uses.

Run: python tools/golden_templates.py [GGUF]        needs transformers, tokenizers, gguf
     python tools/golden_templates.py FOLDER FILE   the same of all .jinja files of a folder, such as TRL's
                                                    chat_templates, for a run of the tests with ASSAY_TEMPLATES=FILE
"""

import datetime
import json
import pathlib
import sys

from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast
from transformers.utils import chat_template_utils

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
    "tools": """{{- bos_token }}
{%- if tools is defined and tools is not none %}
    {%- set date = strftime_now("%d %b %Y") if strftime_now is defined else "unknown" %}
    {{- "[system]Today is " + date + ". Tools:\\n" }}
    {%- for tool in tools %}
        {{- tool | tojson(indent=4) + "\\n" + (tool.function | tojson) }}
        {%- for key, value in tool.function.items() if key != "parameters" %}
            {{- " " ~ key ~ "=" ~ (value if value is string else value | tojson) }}
        {%- endfor %}
    {%- endfor %}
{%- endif %}
{%- set users = messages | selectattr("role", "equalto", "user") | list %}
{%- for message in messages | rejectattr("role", "equalto", "system") %}
    {%- if message.tool_calls is defined and message.tool_calls is not none and message['tool_calls'] | length > 0 %}
        {{- "[assistant]" + (message.content or "") }}
        {%- for call in message.tool_calls %}
            {%- set call = call.function if call.function else call %}
            {%- set arguments = call.arguments %}
            {{- "[call]" ~ '{"name": "' ~ call.name ~ '", "arguments": ' ~ (arguments if arguments is string else arguments | tojson) ~ "}" }}
            {{- "," if not loop.last else "" }}
        {%- endfor %}
    {%- elif message.role == "tool" %}
        {%- if loop.first or messages[loop.index0 - 1].role != "tool" %}{{- "[results]" }}{% endif %}
        {{- {"name": message.get("name", "?"), "content": message.content} | tojson }}
    {%- else %}
        {{- "[" ~ message.role ~ ("*" if message == users[-1] else "") ~ "]" ~ message.content.split(" ", 1)[-1] }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- "[assistant]" }}{% endif %}
""",
    "macros": """{%- set seen = namespace(count=0) %}
{%- set mark = "!" %}
{%- macro quoted(text, open="<", close=">") %}
    {%- set inner = text | trim %}
    {{- open ~ inner ~ close ~ mark }}
{%- endmacro %}
{%- macro shape(schema, depth=0) -%}
    {%- if schema is mapping -%}
        {%- for key, value in schema | dictsort -%}
            {{- "\\n" ~ "  " * depth ~ key ~ ":" ~ shape(value, depth + 1) -}}
        {%- endfor -%}
    {%- elif schema is iterable and schema is not string -%}
        {{- "[" ~ schema | map("string") | join("; ") ~ "]" -}}
    {%- else -%}
        {{- " " ~ quoted(schema | string, close=")") -}}
    {%- endif -%}
{%- endmacro -%}
{%- set mark = "?" %}
{%- for tool in tools or [] %}
    {%- set seen.count = seen.count + 1 %}
    {{- shape(tool.function) }}
{%- endfor %}
{%- for message in messages %}
    {%- set mark = "in a loop" %}
    {{- quoted(message.role) ~ quoted(open="(", text=message.content | default("", true), close=")") }}
    {%- for call in message.tool_calls | default([]) %}{{ shape(call, 1) }}{% endfor %}
{%- endfor %}
{{ seen.count }} {{ quoted is defined }} {{ quoted("only") | upper }} {{ ", ".join(["a", "b"]) }} {{ none | default("d", boolean=true) }}
{%- if add_generation_prompt %}{{ quoted("now") }}{% endif %}
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


def turns(*pairs):
    return [{"role": role, "content": content} for role, content in pairs]


CONVERSATIONS = [
    turns(("user", "What is 3 + 4?")),
    turns(("system", "  Be brief. "), ("user", "\n Hello \n"), ("assistant", "Hi!"), ("user", "Größe 东京 🙂 <|im_end|>")),
    turns(("user", "a"), ("assistant", "<think>\nb is c\n</think>\n\nd"), ("user", ""), ("assistant", "<think>\ne\n</think>\nf")),
    turns(("assistant", "I go first."), ("tool", "{\"x\": 1}")),
]
TOOLS = [
    {"type": "function", "function": {"name": "weather", "description": "Says how the weather is.", "parameters": {
        "type": "object", "required": ["place"], "properties": {
            "place": {"type": "string", "description": "A town, such as “Zürich”"},
            "days": {"type": "array", "items": {"type": "integer"}}, "unit": {"type": "string", "enum": ["C", "F"]}}}}},
    {"type": "function", "function": {"name": "now", "description": "The time.", "parameters": {"type": "object", "properties": {}}}},
]


def call(name, **arguments):
    return {"id": "abcdef123", "type": "function", "function": {"name": name, "arguments": arguments}}


def result(name, content):
    return {"role": "tool", "name": name, "tool_call_id": "abcdef123", "content": content}


# With tools, and what came of them.
TOOL_CONVERSATIONS = [
    turns(("user", "Will it rain in Oslo?")),
    turns(("system", "Be brief."), ("user", "Will it rain in Oslo?"))
    + [{"role": "assistant", "content": "", "tool_calls": [call("weather", place="Oslo", days=[1, 2], deep={"a": None, "b": 1.5})]},
       result("weather", "rain"), {"role": "assistant", "content": "Yes."}] + turns(("user", "And in Rome?")),
    turns(("user", "Both?"))
    + [{"role": "assistant", "content": "I ask.", "tool_calls": [call("weather", place="Oslo"), call("now")]},
       result("weather", "rain"), result("now", "noon")],
]


class Noon(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2026, 2, 3, 12)


def rendered(name, template, tokens, with_tools):
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()), chat_template=template, **tokens)
    cases = []
    conversations = [(messages, None) for messages in CONVERSATIONS]
    if with_tools:
        conversations += [(messages, TOOLS) for messages in TOOL_CONVERSATIONS] + [(TOOL_CONVERSATIONS[1], None)]
    for messages, tools in conversations:
        for prompt in (False, True):
            case = {"messages": messages, "prompt": prompt, **({"tools": tools} if tools else {})}
            try:
                case["text"] = tokenizer.apply_chat_template(
                    messages, tools=tools, tokenize=False, add_generation_prompt=prompt)
            except Exception:  # a template's own refusal, or an operation of Python that fails
                case["error"] = True
            cases.append(case)
    print(f"{name}: {sum('text' in case for case in cases)} rendered, {sum('error' in case for case in cases)} refused")
    return {"name": name, "template": template, "tokens": tokens, "cases": cases}


def main():
    chat_template_utils.datetime = Noon
    path = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "models/smollm2-135m-instruct.gguf")
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else GOLDEN / "templates.json"
    if path.is_dir():
        templates = {file.stem: file.read_text() for file in sorted(path.glob("*.jinja"))}
    else:
        import gguf

        templates = {"smollm2": gguf.GGUFReader(path).fields["tokenizer.chat_template"].contents(), **TEMPLATES}
    tokens = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    made = [
        rendered(name, template, tokens, with_tools=path.is_dir() or name in ("tools", "macros"))
        for name, template in templates.items()
    ]
    output.write_text(json.dumps(made, indent=1) + "\n")
    print(f"{output.name}: {output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
