"""Texts that a page finds hard: long words, much code, wide tables, other directions of writing."""

GREETING = "Can you show me how this looks?"

MARKDOWN = """\
# A heading of the answer

A paragraph with *emphasis*, **strength**, `code` and a [link](https://www.djangoproject.com/). 한국어 문장도
줄바꿈이 자연스러워야 합니다.

1. First of all
2. And then
   - a list in a list
   - with two points

- [x] Done
- [ ] Not done yet

> What somebody else said, in more than a few words, so that the line breaks and there is a second one.

| Language | Greeting | Words |
|:---------|:---------|------:|
| English  | Hello    |     1 |
| 한국어   | 안녕하세요 |     1 |

```python
async for event in follow_run(run_id, after=position):
    state = fold(state, event)
```

The energy is $E = mc^2$, and that is all.[^1]

[^1]: A note at the foot of the answer.
"""

PARTIAL = "An answer that is being written: its last words are not th"

LONG_WORDS = (
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft and "
    "https://www.example.org/" + "a-very-long-path/" * 12 + " and 동해물과백두산이마르고닳도록" * 6
)

CODE = (
    "```python\n"
    + "\n".join(
        f"row_{number} = compute(first={number}, second={number + 1}, name='a name that makes this line "
        f"longer than any screen is wide', more={number * 7919})"
        for number in range(60)
    )
    + "\n```\n"
)

TABLE = (
    "| " + " | ".join(f"Column {number}" for number in range(1, 15)) + " |\n"
    "|"
    + "---|" * 14
    + "\n"
    + "".join("| " + " | ".join(f"{row * 1000 + cell:,}" for cell in range(14)) + " |\n" for row in range(6))
)

ARABIC = """\
# مرحبًا بالعالم

هذه إجابة باللغة العربية، وفيها `code` وقائمة:

1. البند الأول
2. البند الثاني مع [رابط](https://www.djangoproject.com/)
   - Django 5.2, أولاً.

| اللغة | عدد |
|---|---:|
| English. | 1 |

> اقتباس قصير.
"""

HEBREW_QUESTION = 'איך אומרים "hello world" בעברית?'
