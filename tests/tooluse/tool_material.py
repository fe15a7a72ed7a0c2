"""Small accounts by hand, a hotel in English and in Chinese and a dealer, and worlds over their databases."""

from __future__ import annotations

from typing import Any

from streamdial.counts import Counts
from streamdial.domains import load_pack
from streamdial.environment import Contents, DomainDatabase, Toolbox, build_knowledge, build_schema, fill_schema
from streamdial.personas import Knowledge
from streamdial.records import Language, Table
from streamdial.slots import SlotReader, read_table
from streamdial.tooluse import TaskMaker, TaskOptions, ToolEnvironment, build_tools

HOTEL_EN = Table(
    header=("room", "price", "guests", "bed", "breakfast", "view", "size", "pets", "cancellation", "availability"),
    rows=tuple(
        tuple(line.split(", "))
        for line in (
            "Garden Double, $120, 2, king bed, no breakfast, garden view, 22 m2, no pets, till 6 pm, still bookable",
            "Garden Twin, $140, 3, two beds, with breakfast, garden view, 26 m2, pets allowed, 6 pm, still bookable",
            "Lake King, $210, 2, king bed, with breakfast, lake view, 30 m2, no pets, day prior, still bookable",
            "Lake Family, $280, 4, family beds, with breakfast, lake view, 42 m2, pets allowed, 1 day, nearly full",
            "City Twin, $110, 2, two beds, no breakfast, city view, 20 m2, no pets, no refund, still bookable",
            "Tower Suite, $390, 3, king bed, with breakfast, city view, 60 m2, no pets, 2 days before, fully booked",
        )
    ),
)
HOTEL_ZH = Table(
    header=("房型", "价格", "可住人数", "床型", "早餐", "景观", "面积", "宠物政策", "退改政策", "房态"),
    rows=(
        ("静谷大床房", "388元", "2人", "大床", "含双早", "庭院景", "28平", "不可带宠物", "入住前一天可取消", "还有房"),
        ("望湖大床房", "568元", "2人", "大床", "含双早", "湖景", "32平", "不可带宠物", "入住前一天可取消", "还有房"),
        ("听松双床房", "438元", "3人", "双床", "含双早", "山景", "30平", "可带宠物", "不可取消", "还有房"),
        ("童趣亲子房", "688元", "4人", "亲子床", "不含早餐", "庭院景", "40平", "可带宠物", "入住前一天可取消", "满房"),
        ("鹭鸣湖景套房", "1088元", "3人", "大床", "含早餐", "湖景", "65平", "不可带宠物", "入住前三天可取消", "还有房"),
    ),
)
CARS_EN = Table(
    header=("model", "price", "body", "energy", "seats", "range", "trunk"),
    rows=(
        ("Aster", "$28,900", "SUV", "electric", "5 seats", "480 km", "430 L"),
        ("Calder", "$37,200", "sedan", "electric", "5 seats", "640 km", "510 L"),
        ("Model 7", "$45,900", "SUV", "plug-in hybrid", "7 seats", "180 km", "620 L"),
        ("Brook", "$24,500", "hatchback", "petrol", "5 seats", "700 km", "350 L"),
    ),
)
MENUS_ZH = Table(
    header=("套餐", "团购价", "适用人数", "菜系", "辣度", "有效期"),
    rows=(
        ("双人鸳鸯锅", "128元", "2人", "火锅", "中辣", "周末可用"),
        ("四人牛油锅", "238元", "4人", "火锅", "特辣", "周末不可用"),
        ("双人炭烤", "158元", "2人", "烧烤", "微辣", "周末可用"),
        ("六人海鲜宴", "498元", "6人", "海鲜", "不辣", "节假日可用"),
    ),
)
ACCOUNTS: dict[str, tuple[str, Language, Table]] = {
    "hotel_en": ("hotel", "en", HOTEL_EN),
    "hotel_zh": ("hotel", "zh", HOTEL_ZH),
    "cars_en": ("automotive", "en", CARS_EN),
    "menus_zh": ("restaurant", "zh", MENUS_ZH),
}


class Account:
    """An account with its database, tools and task maker."""

    def __init__(self, name: str = "hotel_en", seed: int = 1, **options: Any) -> None:
        domain, self.language, table = ACCOUNTS[name]
        self.pack = load_pack(domain)
        facts, dropped = read_table(self.pack, table, self.language)
        assert not dropped
        self.knowledge: Knowledge = build_knowledge(facts, self.pack, self.language, name)
        self.schema = build_schema(self.knowledge, self.language)
        self.counts = Counts("database")
        self.contents: Contents = fill_schema(self.schema, self.knowledge, seed, self.counts)
        self.database = DomainDatabase(self.schema, self.contents)
        self.toolbox = Toolbox(build_tools(self.schema, self.pack))
        self.reader = SlotReader(self.pack, self.language, self.knowledge.entities)
        self.maker = TaskMaker(self.database, self.contents, self.toolbox, self.pack, TaskOptions(**options))

    def build_environment(self, **more: Any) -> ToolEnvironment:
        return ToolEnvironment(self.database, self.toolbox, self.pack, **more)
