"""Forms of wording that speak for or against an intent, in English and Chinese; words alone are in the packs."""

from __future__ import annotations

import re

MARK = re.compile(r"[?？]")
ASKING = re.compile(
    r"(?:^|[.!,;:…] ?)(?:(?:so|and|also|but|ok|hey|hi|hello|host|guys?|yo|btw|quick q(?:uestion)?|question"
    r"|q)\b[\s,.:!-]*)*"
    r"(?:what|whats|what's|which|who|whos|when|where|wheres|why|how|hows|is|are|does|do|did|can|could|would"
    r"|will|should|any|got|anything|anyone|may)\b"
    r"|\b(?:how (?:much|many|long|far|big|small|old|fast|late|early|often|loud|hot|spicy|do|does|is|are|about"
    r"|come)|what(?:s|'s)? (?:is|are|the|about|time|size|kind|if)"
    r"|(?:can|could|may|will|would|should|do|does|did) (?:i|u|you|we|it|they|there|this|that|the|these|those|your|ur"
    r"|my|our|someone|anyone|kids?|dogs?|pets?)\b"
    # Not before articles: "silver is the best" asks nothing.
    r"|(?:is|are|was|has|have) (?:u|you|we|it|they|there|someone|anyone)\b"
    r"|is (?:breakfast|parking|wifi)|or (?:not|nah|no|is it|just|extra)|yes or no|wondering|curious|i wonder"
    r"|tell me|let me know|want to know|wanna know|like to know|any(?:one|body)? know"
    r"|any (?:chance|idea|info|news|\w+ (?:for|on|with|left|available))|do(?:es)?n'?t (?:it|you|they)|what u|how u)\b"
    r"|吗|么(?:$|\W)|多少|多久|多大|多高|多长|多远|多宽|多重|几[个点号座年天人位块钱公晚间种楼斤岁款成期百千万时月米平度寸口两份道折次]|怎么|怎样|咋|如何|什么|啥|哪|谁|是否|有没有|能不能"
    r"|([\u4e00-\u9fff])不\1|[^了对好]不(?:$|[\s?？,，])|没有?(?:$|[?？,，])|[了有](?:没|木)(?:$|[\s?？,，啊呀])|行不行|想知道|问下|问一下|请问"
    r"|麻烦|求(?!婚)|呢(?:$|[?？])|吧[?？]",
    re.IGNORECASE,
)
FIRST_PERSON = re.compile(r"\b(?:i|im|i'm|id|i'd|ill|i'll|we|we're|my|our|us|me)\b|我|咱|俺|本人|家里", re.IGNORECASE)
PLEASE = re.compile(r"\b(?:pls|plz|please)\b|求|请问|麻烦|帮忙|帮我|给我", re.IGNORECASE)
POINTING = re.compile(
    r"\b(?:it|this one|that one|this thing|these|the (?:set|red|white|black|blue|grey|silver|green|small|big"
    r"|large|bigger|smaller|cheap|cheaper|new|old) one|yall|you guys|u guys|ur)\b"
    r"|这个|这款|这台|这家|那个|那款|那台|这种|那种|你们|你家|咱家|店里|贵店",
    re.IGNORECASE,
)
EXISTENCE = re.compile(
    r"\b(?:do (?:you|u|they|yall)(?: guys)? (?:have|do|serve|sell|offer|accept|take|allow)|(?:is"
    r"|are) there (?:a|an|any|still)|got any|have any|does it (?:have|come|include|take|do|fit|need)"
    r"|can (?:i|we|u|you) (?:get|have|bring|use|order|pay|swap|change|add|upgrade|still|cancel|come))\b"
    r"|有没有|还有.{0,8}[吗么不没]|有.{1,8}[吗么不没](?:$|\W)|带不带|能.{0,10}[吗么不]|可以.{0,10}[吗么不]|可不可以|支不支持|支持.{1,8}[吗么不]|包不包"
    r"|含不含|需要.{0,6}[吗么不]",
    re.IGNORECASE,
)
TWO_SIDES = re.compile(
    r"\bvs\.?\b|\bversus\b|\bdifference\b|\bcompared?\b|\b(?:better|worse|cheaper|bigger|nicer|quieter|safer"
    r"|faster|more) than\b|\bworth .{0,40}(?:more|extra|over|than)\b"
    r"|\b(?:better|nicer|cheaper|bigger|quieter|best)\b.{0,40}\bor\b|^\W*(?!is\b|are\b|do\b|does\b"
    r"|can\b)[\w']+(?: [\w']+){0,3} or (?:the |you |your )?[\w']+(?: [\w']+)? (?:for|if|when|with|in|on|better)\b"
    r"|\bgain with\b|\bgain\b.{0,30}\bover\b|\binstead of\b"
    r"|[和跟与同].{1,16}(?:比|哪|区别|差|不同|一样|谁|选|怎么选)|对比|相比|比起|区别|差别|差在哪|差了[啥什多]|哪个(?:更|好|空间|划算|强|值)|选哪|二选一"
    r"|比.{1,8}(?:好|强|大|贵|便宜)[吗么不在]",
    re.IGNORECASE,
)
PERSONAL = re.compile(
    r"主播你(?!们|好|家|推荐|觉得|说)|\byou(?:r|'re|re| are)? (?:real|single|married|so (?:funny|cute|pretty))\b"
    r"|\bdo you (?:think|like|believe|watch|play|speak|remember)\b",
    re.IGNORECASE,
)
EXCLAIMED = re.compile(
    r"^(?:really|seriously|wait|omg|wow|what|no way|真的|啊|哈|不会|天)\W*[?？!！]{2,}", re.IGNORECASE
)
LAUGHTER = re.compile(
    r"哈哈|嘿嘿|呵呵|嘻嘻|红红火火|hhh|xswl|笑死|\b(?:l+o+l+|lmao+|rofl|(?:ha){2,}h?|(?:he){2,}|xd)\b|6{3,}|2?3{3,}",
    re.IGNORECASE,
)
PERCENT_OFF = re.compile(r"\d+\s?% off|\bhalf off\b|[\d一二两三四五六七八九]\s?折")
POSITIVE_PAST = re.compile(
    r"\b(?:was|were) (?:so |really |absolutely |just )?(?:great|amazing|lovely|angels|perfect|delicious|fantastic)\b",
    re.IGNORECASE,
)
FIGURE = re.compile(r"\d")
ANSWERABLE = re.compile(
    r"[?？]|\b(?:too (?:expensive|pricey|much|dear)|pric(?:e|es|ey)|steep|overpriced|over (?:my|our) budget"
    r"|can'?t afford|worr(?:y|ied|ies)|nervous|concern(?:ed|s)?|not sure|doubt|scared|afraid|hesita\w+|heard"
    r"|reviews? say|people say)\b|太贵|有点贵|好贵|偏贵|不便宜|不值|超预算|超出预算|价格"
    r"|担心|不放心|信不过|不敢|怕|听说|评论说|都说|有人说|犹豫|顾虑|心里没底",
    re.IGNORECASE,
)
"""An objection of somebody who has not decided yet: the price, a doubt, hearsay; what was bought has no answer."""
