"""Forms of wording that make a wish of a value, or show that it is told of what somebody has already."""

from __future__ import annotations

import re

WISHING = re.compile(
    r"\b(?:needs?|wants?|wanna|look(?:ing)? for|searching for|shopping for|would like|(?:i|we)'?d like|prefer|hoping"
    r"|budget|afford|spend|under|below|less than|at most|at least|no more than|up to|within|max|maximum|tops|or less"
    r"|any(?:thing|one)?|got|is there|are there|do you have|recommend|suggest|which|(?:best|good) for|fits?"
    r"|for (?:\d+|a|my|our|us|two|three|four|five|six)|party of|family of|table for|room for|of us|book|reserve"
    r"|must|has to|have to|going to|gonna)\b"
    r"|想|要|需要|预算|求|有没有|有.{1,12}[吗么不没]|推荐|给我|帮我|考虑|打算|准备|以内|以下|之内|不超过|至少|最好|最多"
    r"|控制在|哪款|哪个|够|[订约坐带]|一家|大人|小孩|个人|口人|我们",
    re.IGNORECASE,
)
"""What makes a wish of a value that is told beside a question; the figure of a thing alone is none."""
OWNED = re.compile(
    r"\b(?:mine|ours)\b"
    r"|\bmy (?!budget|price|wife|husband|partner|kids?|family|mum|mom|dad|parents|son|daughter|max)(?:[\w'-]+ ){1,4}"
    r"(?:does|do|did|gets?|got|is|has|had|was|goes|went|came|makes?|runs?|ran|costs?|broke|died|takes?|took)\b"
    r"|\b(?:i|we)(?:'ve)? (?:have|own|had|bought|got|rented|ride|drive) (?:a|an|the|one|this|that)\b"
    r"(?! (?:budget|maximum))|\b(?:i|we|us) (?:paid|stayed|went|ate|drove|rode)\b|\bcost (?:me|us)\b"
    r"|我(?:的|家的|家|们家)?(?:这|那)?(?:台|辆|款|个)?(?:车|电动车|摩托|旧车|电车|机子)|我(?:上次|之前|当时|去年|前年)"
    r"|我(?:买|开|骑|用|住|吃|花|跑)(?:的|了|过)|(?:去年|前年|上次|之前|当时|上个月).{0,4}[买提住吃花]",
    re.IGNORECASE,
)
"""The writer's own thing or past: what is told of it in the same clause is known, not wished for."""
OFFERED = re.compile(
    r"\b(?:is there an?|are there any|do you have (?:an?|any|some)|got (?:an?|any|some)"
    r"|any\w* .{1,40}(?:under|over|below|with|for)|(?:any|some)thing|looking for)\b"
    r"|有没有.{1,30}的|有.{1,20}的[吗么没]",
    re.IGNORECASE,
)
"""Forms that ask whether there is such a thing: all its values are wished for."""
