"""Names of the tables and phases of dialogues with tools for people to read, in both languages."""

from __future__ import annotations

TOOL_COLUMNS: dict[str, tuple[str, str]] = {
    "booking_id": ("booking", "预订编号"),
    "hold_id": ("hold", "保留编号"),
    "waitlist_id": ("place on the waitlist", "候补编号"),
    "status": ("status", "状态"),
    "free": ("free", "剩余"),
    "units": ("units", "数量"),
    "limit": ("rows at most", "最多行数"),
    "first": ("first", "第一个"),
    "second": ("second", "第二个"),
    "bookings": ("bookings", "预订表"),
    "holds": ("holds", "保留表"),
    "waitlist": ("waitlist", "候补表"),
}
"""The tables' own columns, arguments of tools that are no slots, and names of tables."""

TOOL_PHASES: dict[str, tuple[str, str]] = {
    "base run": ("base run", "基础运行"),
    "cells": ("cells of databases", "数据库单元格"),
    "cells of databases": ("cells of databases", "数据库单元格"),
    "databases": ("databases", "数据库"),
    "table": ("table", "表格"),
    "customers": ("customers", "顾客"),
    "histories": ("dialogues to go on from", "可续写的对话"),
    "drafts of tasks": ("drafts of tasks", "任务草案"),
    "tools": ("tools", "工具"),
    "verification": ("verification", "验证"),
    "openai tools export": ("OpenAI tools export", "OpenAI工具格式导出"),
    "tool messages export": ("tool messages export", "工具消息导出"),
    "sharegpt tools export": ("ShareGPT tools export", "ShareGPT工具格式导出"),
    "bfcl export": ("BFCL export", "BFCL导出"),
    "tau2 export": ("tau2 export", "tau2导出"),
}
