"""What seeded members ask and what they are answered: sentences put together, in English and Korean."""

from random import Random

TOPICS = {
    "en": (
        "the migration to PostgreSQL",
        "our onboarding guide",
        "a birthday dinner for nine",
        "the quarterly report",
        "a trip to Busan",
        "the flaky integration test",
        "a letter to the landlord",
        "the new pricing page",
        "an interview on Thursday",
        "the garden behind the house",
        "a Python generator",
        "the sleep of a newborn",
    ),
    "ko": (
        "부산 여행 계획",
        "분기 보고서",
        "데이터베이스 이전",
        "신입 사원 안내서",
        "주말 등산",
        "면접 준비",
        "가격 안내 페이지",
        "아이의 생일 파티",
        "파이썬 제너레이터",
        "집들이 음식",
        "겨울 텃밭",
        "통합 테스트",
    ),
}
ASKS = {
    "en": (
        "How would you begin with {}?",
        "Write a short plan for {}.",
        "What is easily forgotten about {}?",
        "Explain {} to somebody who is new here.",
        "Give me three ideas for {}, please.",
    ),
    "ko": (
        "{}, 어떻게 시작하면 좋을까요?",
        "{}에 대한 짧은 계획을 써 주세요.",
        "{}에서 놓치기 쉬운 것은 무엇인가요?",
        "{}에 대해 쉽게 설명해 주세요.",
        "{}에 대한 아이디어 세 가지만 알려 주세요.",
    ),
}
SAYS = {
    "en": (
        "Begin with what is certain, and write it down before anything else.",
        "Most of the effort is in the second half, so leave **room** there.",
        "Ask who will read it; that decides how long it may be.",
        "A small rehearsal with real data shows more than a week of planning.",
        "Keep a list of what was decided, with the reason beside each line.",
        "If two ways look equal, take the one that is easier to undo.",
        "Use `explain` to see what really happens, not what ought to.",
        "What nobody is responsible for will not be done.",
    ),
    "ko": (
        "확실한 것부터 먼저 적어 두는 것이 좋습니다.",
        "어려움은 대개 후반에 있으니 **여유**를 남겨 두세요.",
        "누가 읽을지 정하면 분량도 자연스럽게 정해집니다.",
        "실제 자료로 한 번 연습해 보면 많은 것이 드러납니다.",
        "결정한 내용과 그 이유를 나란히 기록하세요.",
        "두 방법이 비슷하다면 되돌리기 쉬운 쪽을 고르세요.",
        "`explain`으로 실제로 무슨 일이 일어나는지 확인하세요.",
        "담당자가 없는 일은 끝나지 않습니다.",
    ),
}
KOREAN_SHARE = 0.4
# So many texts are put together once; the rows take turns with them.
POOL = 500


class Words:
    """A pool of questions and answers; the same random numbers give the same texts."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._questions = {language: [self._ask(language) for _ in range(POOL)] for language in TOPICS}
        self._answers = {language: [self._answer(language) for _ in range(POOL)] for language in TOPICS}

    def language(self) -> str:
        """Return the language of a conversation."""
        return "ko" if self._random.random() < KOREAN_SHARE else "en"

    def question(self, language: str) -> str:
        """Return what a member asks."""
        return self._random.choice(self._questions[language])

    def answer(self, language: str) -> str:
        """Return what the assistant answers, in Markdown."""
        return self._random.choice(self._answers[language])

    def _ask(self, language: str) -> str:
        return self._random.choice(ASKS[language]).format(self._random.choice(TOPICS[language]))

    def _answer(self, language: str) -> str:
        def sentences(most: int) -> list[str]:
            return [self._random.choice(SAYS[language]) for _ in range(self._random.randint(1, most))]

        paragraphs = [" ".join(sentences(4)) for _ in range(self._random.randint(1, 3))]
        if self._random.random() < 0.3:
            paragraphs.append("\n".join(f"- {sentence}" for sentence in sentences(5)))
        return "\n\n".join(paragraphs)
