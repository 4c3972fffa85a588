//! What the chain sells: families of goods in forms (sizes, models) and finishes (woods, cloths, colours), by series.

/// A word in both languages, with the part of the item code that stands for it.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    pub code: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
}

const fn w(code: &'static str, zh: &'static str, en: &'static str) -> Word {
    Word { code, zh, en }
}

/// A size or model of a family.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    pub word: Word,
    /// Cartons that make one.
    pub cartons: u16,
}

const fn f(code: &'static str, zh: &'static str, en: &'static str, cartons: u16) -> Form {
    Form { word: w(code, zh, en), cartons }
}

/// A family of goods: every form in every finish in every series.
#[derive(Debug)]
pub struct Family {
    /// The goods; without a name where each form has its own (吊灯, 花瓶).
    pub word: Word,
    pub unit: &'static str,
    pub forms: &'static [Form],
    pub finishes: &'static [Word],
    /// Kept apart by dye lot.
    pub by_lot: bool,
    /// Pieces in an inner and an outer pack that have barcodes of their own.
    pub packs: &'static [i64],
    /// Aisles of the warehouse where it lies.
    pub aisles: &'static str,
    /// Share of the catalogue, in thousandths.
    pub share: usize,
}

pub const SERIES: &[Word] = &[
    w("YS", "云杉", "Yunshan"),
    w("QM", "栖木", "Qimu"),
    w("BY", "北屿", "Beiyu"),
    w("ZX", "知夏", "Zhixia"),
    w("SG", "拾光", "Shiguang"),
    w("MY", "沐野", "Muye"),
    w("HT", "禾田", "Hetian"),
    w("LX", "凌霄", "Lingxiao"),
    w("JN", "江南", "Jiangnan"),
    w("XH", "星河", "Xinghe"),
    w("WY", "晚屿", "Wanyu"),
    w("SJ", "素简", "Sujian"),
    w("TC", "听潮", "Tingchao"),
    w("MS", "墨石", "Moshi"),
    w("FL", "枫林", "Fenglin"),
    w("AN", "安宁", "Anning"),
];

const WOODS: &[Word] = &[
    w("OAK", "橡木", "oak"),
    w("WAL", "胡桃木", "walnut"),
    w("ASH", "白蜡木", "ash"),
    w("CHE", "樱桃木", "cherry"),
    w("WHT", "暖白", "warm white"),
    w("GRY", "岩灰", "stone grey"),
];

const COVERS: &[Word] = &[
    w("MB", "米白棉麻", "off-white linen"),
    w("YM", "燕麦绒布", "oat velvet"),
    w("WL", "雾蓝绒布", "mist-blue velvet"),
    w("ML", "墨绿科技布", "dark-green tech cloth"),
    w("JT", "焦糖真皮", "caramel leather"),
    w("SH", "深灰真皮", "dark-grey leather"),
];

const CLOTHS: &[Word] = &[
    w("MB", "米白雪尼尔", "off-white chenille"),
    w("YB", "月白棉麻", "moon-white linen"),
    w("DL", "黛蓝丝绒", "indigo velvet"),
    w("CL", "葱绿提花", "leek-green jacquard"),
    w("OF", "藕粉涤纶", "lotus-pink polyester"),
    w("YH", "银灰遮光", "silver-grey blackout"),
    w("TZ", "驼棕麂皮绒", "camel suede"),
];

const SHEERS: &[Word] = &[
    w("BS", "白色竹节", "white slub"),
    w("MX", "米杏提花", "apricot jacquard"),
    w("HW", "灰雾雪纺", "misty chiffon"),
    w("YL", "月蓝绣花", "moon-blue embroidered"),
];

const METALS: &[Word] =
    &[w("BR", "黄铜", "brass"), w("BK", "哑黑", "matt black"), w("NI", "拉丝镍", "brushed nickel"), w("WH", "奶白", "cream")];

const CRAFTS: &[Word] = &[
    w("TC", "陶瓷", "ceramic"),
    w("BL", "玻璃", "glass"),
    w("TB", "藤编", "rattan"),
    w("SM", "实木", "wooden"),
    w("SZ", "树脂", "resin"),
    w("TY", "铁艺", "iron"),
];

const LINENS: &[Word] = &[
    w("BJ", "白净长绒棉", "white cotton"),
    w("LH", "浅灰天丝", "light-grey lyocell"),
    w("QL", "青绿亚麻", "teal linen"),
    w("NS", "奶杏针织", "apricot jersey"),
    w("TL", "藤萝紫磨毛", "wisteria brushed cotton"),
];

const CORES: &[Word] =
    &[w("TH", "独立弹簧", "pocket-spring"), w("RJ", "天然乳胶", "latex"), w("YZ", "椰棕", "coir"), w("JY", "记忆棉", "memory-foam")];

const ONE: &[Form] = &[f("1", "标准款", "standard", 1)];

/// Where kits find their parts.
pub const SOFA: usize = 0;
pub const TABLE: usize = 1;
pub const CHAIR: usize = 2;

/// All families of goods.
pub const FAMILIES: &[Family] = &[
    Family {
        word: w("SF", "沙发", "sofa"),
        unit: "件",
        forms: &[
            f("1", "单人位", "armchair", 1),
            f("2", "双人位", "two-seater", 1),
            f("3", "三人位", "three-seater", 2),
            f("GF", "贵妃位", "chaise", 1),
        ],
        finishes: COVERS,
        by_lot: true,
        packs: &[],
        aisles: "D",
        share: 80,
    },
    Family {
        word: w("CZ", "餐桌", "dining table"),
        unit: "件",
        forms: &[
            f("1200", "1.2 m", "1.2 m", 2),
            f("1400", "1.4 m", "1.4 m", 2),
            f("1600", "1.6 m", "1.6 m", 2),
            f("1800", "1.8 m", "1.8 m", 3),
        ],
        finishes: WOODS,
        by_lot: false,
        packs: &[],
        aisles: "E",
        share: 40,
    },
    Family {
        word: w("CY", "餐椅", "dining chair"),
        unit: "把",
        forms: &[f("R", "软包", "upholstered", 1), f("S", "实木靠背", "with wooden back", 1)],
        finishes: WOODS,
        by_lot: false,
        packs: &[2],
        aisles: "E",
        share: 30,
    },
    Family {
        word: w("YG", "衣柜", "wardrobe"),
        unit: "套",
        forms: &[
            f("1200", "1.2 m 两门", "1.2 m, two doors", 3),
            f("1500", "1.5 m 三门", "1.5 m, three doors", 4),
            f("1800", "1.8 m 四门", "1.8 m, four doors", 5),
            f("2000", "2.0 m 四门", "2.0 m, four doors", 6),
            f("2400", "2.4 m 五门", "2.4 m, five doors", 7),
            f("2800", "2.8 m 六门", "2.8 m, six doors", 8),
            f("3200", "3.2 m 转角", "3.2 m, corner", 9),
        ],
        finishes: WOODS,
        by_lot: false,
        packs: &[],
        aisles: "AB",
        share: 110,
    },
    Family {
        word: w("CH", "床", "bed"),
        unit: "张",
        forms: &[
            f("1200", "1.2 m 排骨架", "1.2 m, slatted", 2),
            f("1500", "1.5 m 排骨架", "1.5 m, slatted", 3),
            f("1800", "1.8 m 排骨架", "1.8 m, slatted", 3),
            f("1500H", "1.5 m 高箱储物", "1.5 m, storage", 4),
            f("1800H", "1.8 m 高箱储物", "1.8 m, storage", 4),
            f("2000", "2.0 m 排骨架", "2.0 m, slatted", 4),
        ],
        finishes: WOODS,
        by_lot: false,
        packs: &[],
        aisles: "C",
        share: 80,
    },
    Family {
        word: w("CD", "床垫", "mattress"),
        unit: "张",
        forms: &[
            f("1200", "1.2 m 厚 20 cm", "1.2 m, 20 cm", 1),
            f("1500", "1.5 m 厚 22 cm", "1.5 m, 22 cm", 1),
            f("1800", "1.8 m 厚 25 cm", "1.8 m, 25 cm", 1),
        ],
        finishes: CORES,
        by_lot: false,
        packs: &[],
        aisles: "C",
        share: 40,
    },
    Family {
        word: w("SG", "书柜", "bookcase"),
        unit: "件",
        forms: &[f("800", "0.8 m", "0.8 m", 2), f("1200", "1.2 m", "1.2 m", 3), f("1600", "1.6 m", "1.6 m", 4)],
        finishes: WOODS,
        by_lot: false,
        packs: &[],
        aisles: "B",
        share: 35,
    },
    Family {
        word: w("DS", "电视柜", "TV bench"),
        unit: "件",
        forms: &[f("1600", "1.6 m", "1.6 m", 1), f("2000", "2.0 m", "2.0 m", 2), f("2400", "2.4 m", "2.4 m", 2)],
        finishes: WOODS,
        by_lot: false,
        packs: &[],
        aisles: "E",
        share: 35,
    },
    Family {
        word: w("CT", "床头柜", "bedside table"),
        unit: "件",
        forms: &[f("2", "两抽", "two drawers", 1), f("3", "三抽", "three drawers", 1)],
        finishes: WOODS,
        by_lot: false,
        packs: &[2],
        aisles: "C",
        share: 30,
    },
    Family {
        word: w("CL", "窗帘布", "curtain cloth"),
        unit: "米",
        forms: &[
            f("280", "定高 2.8 m", "2.8 m high", 1),
            f("300", "定高 3.0 m", "3.0 m high", 1),
            f("145", "定宽 1.45 m", "1.45 m wide", 1),
        ],
        finishes: CLOTHS,
        by_lot: true,
        packs: &[],
        aisles: "F",
        share: 100,
    },
    Family {
        word: w("CS", "窗纱", "sheer"),
        unit: "米",
        forms: &[f("280", "定高 2.8 m", "2.8 m high", 1), f("300", "定高 3.0 m", "3.0 m high", 1)],
        finishes: SHEERS,
        by_lot: true,
        packs: &[],
        aisles: "F",
        share: 40,
    },
    Family {
        word: w("GD", "窗帘轨道", "curtain track"),
        unit: "根",
        forms: &[f("200", "2.0 m", "2.0 m", 1), f("300", "3.0 m", "3.0 m", 1)],
        finishes: METALS,
        by_lot: false,
        packs: &[10],
        aisles: "F",
        share: 20,
    },
    Family {
        word: w("DJ", "", ""),
        unit: "盏",
        forms: &[
            f("D60", "吊灯 直径 60 cm", "pendant lamp, 60 cm", 1),
            f("D80", "吊灯 直径 80 cm", "pendant lamp, 80 cm", 1),
            f("X50", "吸顶灯 直径 50 cm", "ceiling lamp, 50 cm", 1),
            f("T", "台灯", "table lamp", 1),
            f("L", "落地灯", "floor lamp", 1),
            f("B", "壁灯", "wall lamp", 1),
        ],
        finishes: METALS,
        by_lot: false,
        packs: &[6],
        aisles: "G",
        share: 100,
    },
    Family {
        word: w("JF", "四件套", "bed linen set"),
        unit: "套",
        forms: &[
            f("150", "1.5 m 床", "for 1.5 m beds", 1),
            f("180", "1.8 m 床", "for 1.8 m beds", 1),
            f("200", "2.0 m 床", "for 2.0 m beds", 1),
        ],
        finishes: LINENS,
        by_lot: false,
        packs: &[4, 12],
        aisles: "G",
        share: 60,
    },
    Family {
        word: w("BZ", "抱枕", "cushion"),
        unit: "个",
        forms: ONE,
        finishes: LINENS,
        by_lot: false,
        packs: &[6, 24],
        aisles: "H",
        share: 25,
    },
    Family {
        word: w("LS", "拉手", "handle"),
        unit: "个",
        forms: &[f("96", "孔距 96 mm", "96 mm", 1), f("128", "孔距 128 mm", "128 mm", 1), f("192", "孔距 192 mm", "192 mm", 1)],
        finishes: METALS,
        by_lot: false,
        packs: &[10, 200],
        aisles: "H",
        share: 35,
    },
    // The last family fills what the shares leave over.
    Family {
        word: w("ZS", "", ""),
        unit: "个",
        forms: &[
            f("HP", "花瓶", "vase", 1),
            f("ZT", "烛台", "candlestick", 1),
            f("XK", "相框", "photo frame", 1),
            f("TP", "托盘", "tray", 1),
            f("XX", "香薰座", "incense holder", 1),
            f("SN", "收纳盒", "storage box", 1),
            f("SZ", "时钟", "clock", 1),
        ],
        finishes: CRAFTS,
        by_lot: false,
        packs: &[6, 24],
        aisles: "H",
        share: 100,
    },
];

/// A kit: parts by family, form and how many, all of one series and finish.
#[derive(Debug)]
pub struct Kit {
    pub word: Word,
    pub name: Word,
    pub parts: &'static [(usize, usize, i64)],
}

/// Sets of one series and finish.
pub const KITS: &[Kit] = &[
    Kit {
        word: w("SFT", "沙发组合", "sofa set"),
        name: w("311", "三人位 + 两单人位", "three-seater and two armchairs"),
        parts: &[(SOFA, 2, 1), (SOFA, 0, 2)],
    },
    Kit {
        word: w("SFT", "沙发组合", "sofa set"),
        name: w("31G", "三人位 + 单人位 + 贵妃位", "three-seater, armchair and chaise"),
        parts: &[(SOFA, 2, 1), (SOFA, 0, 1), (SOFA, 3, 1)],
    },
    Kit {
        word: w("CZT", "餐桌椅套装", "dining set"),
        name: w("14", "1.4 m 一桌四椅", "1.4 m with four chairs"),
        parts: &[(TABLE, 1, 1), (CHAIR, 0, 4)],
    },
    Kit {
        word: w("CZT", "餐桌椅套装", "dining set"),
        name: w("16", "1.6 m 一桌六椅", "1.6 m with six chairs"),
        parts: &[(TABLE, 2, 1), (CHAIR, 1, 6)],
    },
];

/// Share of kits in the catalogue, in thousandths.
pub const KIT_SHARE: usize = 40;
