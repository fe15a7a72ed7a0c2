"""Wordings of questions, answers and small talk for generated streams; `dev` and `test` have none in common."""

from __future__ import annotations

from typing import Literal

from streamdial.records import Language

Split = Literal["dev", "test"]

ENTITIES: dict[Language, list[str]] = {
    "en": ["Meridian", "Horizon", "Kestrel", "Solace", "Tundra Fox", "Larkspur", "Pioneer Six", "Aurora"],
    "zh": ["子午线", "云雀", "海岸七", "星野", "松涛", "青鸾", "北辰六", "晨曦"],
}

WORDINGS: dict[Language, dict[str, dict[Split, tuple[list[str], list[str]]]]] = {
    "en": {
        "price": {
            "dev": (
                ["how much is the {}", "what does the {} cost these days", "price on the {} please?"],
                [
                    "the {} starts at forty six thousand nine hundred",
                    "you can drive the {} away for just under fifty grand",
                    "sticker on the {} is forty eight five before the rebate",
                ],
            ),
            "test": (
                ["what would I pay for a {}", "is the {} expensive", "{} how many dollars out the door"],
                [
                    "all in, the {} comes to fifty one thousand with tax",
                    "the base {} will set you back forty four nine",
                    "right now we are asking forty seven thousand for the {}",
                ],
            ),
        },
        "range": {
            "dev": (
                ["how far does the {} go on one charge", "what is the range of the {}", "{} miles per charge?"],
                [
                    "with a full battery the {} covers six hundred twenty kilometres",
                    "the {} is rated for three hundred eighty miles of range",
                    "expect about five hundred kilometres from the {} on the highway",
                ],
            ),
            "test": (
                [
                    "can the {} make it to the coast without plugging in",
                    "real world mileage of the {}?",
                    "{} battery distance in winter",
                ],
                [
                    "owners tell me they get four hundred miles out of the {} between charges",
                    "in the cold the {} still does roughly four hundred fifty kilometres",
                    "the {} will travel five hundred sixty before you need a plug",
                ],
            ),
        },
        "seats": {
            "dev": (
                ["how many people fit in the {}", "does the {} have a third row", "is the {} a seven seater"],
                [
                    "the {} seats seven adults, with a real third row",
                    "there is room for five in the {}, two in front three behind",
                    "yes you get three rows in the {}, so six passengers plus driver",
                ],
            ),
            "test": (
                ["can we squeeze a family of six in the {}", "{} seating for kids?", "number of passengers in the {}"],
                [
                    "the {} takes six of you comfortably, captain chairs in the middle",
                    "five seats only in the {}, sorry to larger families",
                    "the back bench of the {} folds out so eight can ride",
                ],
            ),
        },
        "charging": {
            "dev": (
                ["how long to charge the {}", "does the {} support fast charging", "{} charging time at home?"],
                [
                    "on a fast charger the {} goes from ten to eighty percent in eighteen minutes",
                    "plug the {} in overnight and it is full by morning",
                    "an eleven kilowatt wall box refills the {} in seven hours",
                ],
            ),
            "test": (
                [
                    "how quick does the {} top up",
                    "what plug does the {} need",
                    "{} at a supercharger, how many minutes?",
                ],
                [
                    "twenty minutes on the rapid post gives the {} most of its battery",
                    "the {} uses the standard connector and pulls two hundred fifty kilowatts",
                    "from a household socket the {} takes a day to fill, get the home station",
                ],
            ),
        },
        "warranty": {
            "dev": (
                ["how long is the warranty on the {}", "is the battery of the {} guaranteed", "{} warranty?"],
                [
                    "the {} is covered for five years, the battery for eight",
                    "we guarantee the pack of the {} for a hundred thousand miles",
                    "the {} comes with bumper to bumper cover for four years",
                ],
            ),
            "test": (
                [
                    "what if the {} breaks down after three years",
                    "who pays for repairs of the {}",
                    "coverage period {}",
                ],
                [
                    "any fault in the {} within six years is on us, parts and labour",
                    "the {} has a lifetime promise on the drive unit for first owners",
                    "repairs to the {} are free until sixty thousand miles",
                ],
            ),
        },
        "trade_in": {
            "dev": (
                [
                    "do you take my old car against the {}",
                    "trade in bonus on the {}?",
                    "what do I get for my sedan if I buy the {}",
                ],
                [
                    "bring your old car and we take two thousand extra off the {}",
                    "we value your trade in within a day and credit it to the {}",
                    "there is a loyalty bonus when you swap your current vehicle for the {}",
                ],
            ),
            "test": (
                [
                    "can I swap my hatchback for the {}",
                    "part exchange possible with the {}?",
                    "how is my used vehicle appraised towards the {}",
                ],
                [
                    "our appraiser looks at your used one, and that sum goes towards the {}",
                    "exchange deals on the {} run till sunday, fifteen hundred on top of book value",
                    "hand us your keys, drive off in the {}, we settle the difference",
                ],
            ),
        },
        "colour": {
            "dev": (
                ["what colours does the {} come in", "is there a white {}", "{} in green?"],
                [
                    "you can have the {} in white, graphite, green and a deep red",
                    "the new paint for the {} this season is a matte blue",
                    "white is standard on the {}, the other shades cost extra",
                ],
            ),
            "test": (
                ["any red ones of the {}", "paint options for the {}?", "can I order the {} in two tone"],
                [
                    "for the {} we offer silver, black, ocean teal and sand",
                    "a black roof over a sand body is a popular look on the {}",
                    "the crimson {} is sold out, gold arrives next month",
                ],
            ),
        },
        "delivery": {
            "dev": (
                ["when can I get the {}", "how long is the wait for the {}", "is the {} in stock"],
                [
                    "we have three of the {} on the lot, you take it home this week",
                    "order the {} today and it arrives in about five weeks",
                    "delivery of the {} is running at two months at the moment",
                ],
            ),
            "test": (
                [
                    "if I order the {} now which month would it come",
                    "do you have a {} ready to go",
                    "lead time on the {}?",
                ],
                [
                    "the next shipment of the {} lands on the tenth",
                    "a few units of the {} are here already, pick yours up tomorrow",
                    "the factory is quoting six to eight weeks for the {}",
                ],
            ),
        },
    },
    "zh": {
        "price": {
            "dev": (
                ["{}多少钱", "{}现在什么价格", "{}落地要几万啊"],
                ["{}起步价十八万九", "咱们{}今天优惠完十九万五能开走", "{}裸车二十一万，加上税费二十三万"],
            ),
            "test": (
                ["买一台{}得花多少", "{}贵不贵呀", "{}全部办下来啥价位"],
                ["{}办完所有手续二十四万出头", "入门的{}卖十六万八", "这会儿拍{}的话给到二十万整"],
            ),
        },
        "range": {
            "dev": (
                ["{}续航多少公里", "{}充满电能跑多远", "{}实际能跑多少"],
                ["{}满电可以跑六百二十公里", "{}的续航是五百公里，市区更多", "高速上{}大概能开四百五十公里"],
            ),
            "test": (
                ["{}跑长途够用吗中间不充电", "冬天{}掉电厉害不", "{}一次充饱开到哪儿"],
                ["车主反馈{}冬天也能有四百多", "从这到海边五百来公里{}不用补能", "{}官方标七百，打个八折你心里有数"],
            ),
        },
        "seats": {
            "dev": (
                ["{}能坐几个人", "{}是七座的吗", "{}有第三排没"],
                ["{}是标准的七座布局", "{}前面两个后面三个，一共五座", "{}第三排坐大人也没问题"],
            ),
            "test": (
                ["一家六口{}装得下不", "{}带老人孩子出门挤吗", "{}的座位怎么排的"],
                ["{}二二二的排法，六个人都舒服", "人多的家庭别选{}，它只有五个位子", "{}后排放倒以后还能再加两个娃"],
            ),
        },
        "charging": {
            "dev": (
                ["{}充电要多久", "{}支持快充吗", "{}家里能充不"],
                ["{}快充十八分钟从百分之十到八十", "{}用家里的充电桩一晚上就满了", "{}配十一千瓦的桩，七个小时充满"],
            ),
            "test": (
                ["{}补能快不快", "{}插头是国标的么", "等{}充好得几十分钟"],
                [
                    "喝杯咖啡的工夫{}就补了大半电",
                    "{}国标接口，公共桩全都能用",
                    "家用插座给{}补满差不多一整天，建议装桩",
                ],
            ),
        },
        "warranty": {
            "dev": (
                ["{}质保几年", "{}的电池保修吗", "{}保修政策说下"],
                ["{}整车质保五年，电池八年", "{}三电终身质保，首任车主有效", "{}的保修是十五万公里"],
            ),
            "test": (
                ["{}三年后坏了谁管", "{}修车花钱不", "{}售后包多长时间"],
                [
                    "{}六年之内出毛病都算我们的，工时配件全免",
                    "首任车主买{}，驱动部分一辈子免费修",
                    "{}十万公里以内维修不收钱",
                ],
            ),
        },
        "trade_in": {
            "dev": (
                ["旧车能置换{}吗", "{}置换补贴多少", "我的老车换{}能抵多少"],
                ["置换{}额外补贴八千", "您把旧车开来，评估完直接抵{}的车款", "老车主换{}另外有忠诚礼"],
            ),
            "test": (
                ["开了六年的车拿来换{}行不", "{}以旧换新有啥说法", "二手车怎么折给{}"],
                ["评估师看完您那台，钱算进{}里", "以旧换新{}这个月多给一万", "手里的车交给我们，补个差价{}开走"],
            ),
        },
        "colour": {
            "dev": (
                ["{}有什么颜色", "{}有白色吗", "{}绿色好看不"],
                ["{}有白、灰、绿和深红四个颜色", "{}今年新出了哑光蓝", "{}白色是标配，别的漆要加钱"],
            ),
            "test": (
                ["{}红的还有没", "{}车漆可以选啥", "{}能做双拼么"],
                ["{}能选银、黑、海蓝、沙金", "黑顶配沙金车身的{}最抢手", "大红的{}卖光了，下个月到金的"],
            ),
        },
        "delivery": {
            "dev": (
                ["{}什么时候能提车", "{}有现车吗", "{}要等多久"],
                ["{}店里有三台现车，这周就能提", "{}今天订大概五周到店", "{}目前交付周期两个月"],
            ),
            "test": (
                ["现在下定{}几月份到手", "{}库存还有吗", "{}排产排到哪了"],
                ["下一批{}十号入库", "{}到了几台，明天就可以来开", "工厂给{}的工期是六到八个礼拜"],
            ),
        },
    },
}

SMALL_TALK: dict[Language, dict[Split, list[str]]] = {
    "en": {
        "dev": [
            "welcome everyone, thanks for joining the stream",
            "tap the heart if you are new here",
            "good to see so many of you tonight",
            "let me just move the camera a little",
            "give me a second, I need some water",
            "remember to follow so you do not miss the next one",
            "the weather has been wild this week",
            "somebody says hello from Leeds, hello Leeds",
        ],
        "test": [
            "hi folks, great that you made it",
            "smash that like button for me",
            "wow, the chat is flying today",
            "can you all hear me alright",
            "we go live every thursday and saturday",
            "my colleague is waving at you from the back",
            "what a busy weekend that was",
            "shout out to our regulars",
        ],
    },
    "zh": {
        "dev": [
            "欢迎各位来到直播间",
            "新来的朋友点点关注",
            "今天人气不错啊",
            "我挪一下镜头稍等",
            "喝口水咱们继续",
            "右上角的小心心点起来",
            "这两天天气真热",
            "谢谢大哥送的灯牌",
        ],
        "test": [
            "家人们晚上好呀",
            "没点赞的帮忙点个赞",
            "弹幕刷得好快我都看花了",
            "声音听得清楚吗",
            "每周四周六这个点都在",
            "后面那位是我同事跟大家打个招呼",
            "周末忙坏了",
            "老粉扣个一让我看看",
        ],
    },
}

ASIDES: dict[Language, dict[Split, list[str]]] = {
    "en": {
        "dev": [
            "where are you from",
            "what song is this",
            "can you say happy birthday to my mum",
            "who is behind the camera",
        ],
        "test": ["how old is the host", "is that your dog barking", "which city are you in", "do you ever sleep"],
    },
    "zh": {
        "dev": ["主播哪里人", "这是什么歌", "能祝我妈生日快乐吗", "拍摄的小哥是谁"],
        "test": ["主播多大了", "是你家狗在叫吗", "你们在哪个城市", "主播几点下班"],
    },
}
