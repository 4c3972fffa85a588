//! The rows of the table, after the GS1 General Specifications. Data only; [`super::table`] explains the columns.

use super::rules::Check;
use super::rules::Check::{
    Country, CountryLetters, CountryOr999, Coupon, Currency, Date, DateOrMonth, Hour, HourMinute, Iban, Latitude, LongDate, Longitude,
    Media, Mod10, NoLeadingZero, NonDigit, NonZero, Offer, OneOf, Package, Pair, Percent, PieceOfTotal, PlaceOfTotal, Prefix, Sixty,
};
use super::table::{Ai, Part, Set};

const fn part(set: Set, shortest: usize, longest: usize) -> Part {
    Part { set, shortest, longest, optional: false, checks: &[] }
}
/// Exactly so many digits.
const fn n(length: usize) -> Part {
    part(Set::N, length, length)
}
/// Up to so many digits.
const fn n_to(longest: usize) -> Part {
    part(Set::N, 1, longest)
}
/// Exactly so many characters of set 82.
const fn x(length: usize) -> Part {
    part(Set::X, length, length)
}
/// Up to so many characters of set 82.
const fn x_to(longest: usize) -> Part {
    part(Set::X, 1, longest)
}

impl Part {
    const fn with(self, checks: &'static [Check]) -> Self {
        Self { checks, ..self }
    }
    const fn optional(self) -> Self {
        Self { optional: true, ..self }
    }
}

const fn run(first: &'static str, last: &'static str, parts: &'static [Part], title: &'static str) -> Ai {
    Ai { first, last, fixed: false, attribute: false, parts, needs: "", bars: "", key: None, title }
}
const fn ai(code: &'static str, parts: &'static [Part], title: &'static str) -> Ai {
    run(code, code, parts, title)
}

impl Ai {
    /// Its length is predefined: no separator.
    const fn fixed(self) -> Self {
        Self { fixed: true, ..self }
    }
    /// May be a query attribute of a Digital Link.
    const fn attr(self) -> Self {
        Self { attribute: true, ..self }
    }
    const fn needs(self, needs: &'static str) -> Self {
        Self { needs, ..self }
    }
    const fn bars(self, bars: &'static str) -> Self {
        Self { bars, ..self }
    }
    const fn key(self, qualifiers: &'static [&'static str]) -> Self {
        Self { key: Some(qualifiers), ..self }
    }
}

/// Trade item, or what it contains, under every key that may say so.
const ITEM: &str = "01 02 03 8006 8026";
const GTIN_OR_CONTENT: &str = "01 02";
const ANY_GTIN: &str = "01 02 03";
const OF_PRICE: &str = "30 31nn 32nn 35nn 36nn";
const PATIENT_OR_PROVIDER: &str = "8017 8018";

const GTIN: &[Part] = &[n(14).with(&[Mod10])];
const GLN: &[Part] = &[n(13).with(&[Mod10])];
const RELATION: &[Part] = &[n(18).with(&[Mod10])];
const ITIP: &[Part] = &[n(14).with(&[Mod10]), n(4).with(&[PieceOfTotal])];
const DATE_OR_MONTH: &[Part] = &[n(6).with(&[DateOrMonth])];
const DATE: &[Part] = &[n(6).with(&[Date])];
const DATE_TIME: &[Part] = &[n(6).with(&[Date]), n(4).with(&[HourMinute])];
const MONTH_TIME: &[Part] = &[n(6).with(&[DateOrMonth]), n(4).with(&[HourMinute])];
const X20: &[Part] = &[x_to(20)];
const X30: &[Part] = &[x_to(30)];
const PERCENT_35: &[Part] = &[x_to(35).with(&[Percent])];
const PERCENT_40: &[Part] = &[x_to(40).with(&[Percent])];
const PERCENT_70: &[Part] = &[x_to(70).with(&[Percent])];
const LETTERS: &[Part] = &[x(2).with(&[CountryLetters])];
const COUNTRY: &[Part] = &[n(3).with(&[Country])];
const MORE_COUNTRY: Part = n(3).with(&[Country]).optional();
const COUNTRIES: &[Part] = &[n(3).with(&[Country]), MORE_COUNTRY, MORE_COUNTRY, MORE_COUNTRY, MORE_COUNTRY];
const YES_NO: &[Part] = &[n(1).with(&[OneOf(b"01")])];
const TEMPERATURE: &[Part] = &[n(6), x(1).with(&[OneOf(b"-")]).optional()];
const PROCESSOR: &[Part] = &[n(3).with(&[CountryOr999]), x_to(27)];
const CERTIFICATE: &[Part] = &[x(2), x_to(28)];
const MONEY: &[Part] = &[n(3).with(&[Currency]), n_to(15)];
const IMPORTER: &[u8] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
const TEXT_10: &str = "22 10 21";

const SIX_DIGITS: &[Part] = &[n(6)];

/// A measure of a trade item, six digits with the decimal point after the identifier's last digit.
const fn measure(first: &'static str, last: &'static str, bars: &'static str, title: &'static str) -> Ai {
    run(first, last, SIX_DIGITS, title).fixed().attr().needs(GTIN_OR_CONTENT).bars(bars)
}
/// A measure of a logistic unit or a trade item with its package.
const fn gross(first: &'static str, last: &'static str, bars: &'static str, title: &'static str) -> Ai {
    run(first, last, SIX_DIGITS, title).fixed().attr().needs("00 01").bars(bars)
}

#[rustfmt::skip]
pub(super) static ROWS: &[Ai] = &[
    ai("00", RELATION, "SSCC").fixed().attr().key(&[]),
    ai("01", GTIN, "GTIN").fixed().attr().bars("255 37").key(&[TEXT_10, "235"]),
    ai("02", GTIN, "CONTENT").fixed().attr().needs("37").bars("01 03"),
    ai("03", GTIN, "MTO GTIN").fixed().bars("01 02 37 235"),
    ai("10", X20, "BATCH/LOT").attr().needs(ITEM),
    ai("11", DATE_OR_MONTH, "PROD DATE").fixed().attr().needs(ITEM),
    ai("12", DATE_OR_MONTH, "DUE DATE").fixed().attr().needs("8020"),
    ai("13", DATE_OR_MONTH, "PACK DATE").fixed().attr().needs(ITEM),
    ai("15", DATE_OR_MONTH, "BEST BEFORE or BEST BY").fixed().attr().needs(ITEM),
    ai("16", DATE_OR_MONTH, "SELL BY").fixed().attr().needs(ITEM),
    ai("17", DATE_OR_MONTH, "USE BY or EXPIRY").fixed().attr().needs("01 02 03 255 8006 8026"),
    ai("20", &[n(2)], "VARIANT").fixed().attr().needs(ITEM),
    ai("21", X20, "SERIAL").needs("01 03 8006").bars("235"),
    ai("22", X20, "CPV").needs("01"),
    ai("235", &[x_to(28)], "TPX").needs("01"),
    ai("240", X30, "ADDITIONAL ID").attr().needs(ITEM),
    ai("241", X30, "CUST. PART No.").attr().needs(ITEM),
    ai("242", &[n_to(6)], "MTO VARIANT").attr().needs("01 02 8006 8026"),
    ai("243", X20, "PCN").attr().needs("01 03"),
    ai("250", X30, "SECONDARY SERIAL").attr().needs("01+21 03+21 8006+21"),
    ai("251", X30, "REF. TO SOURCE").attr().needs("01 03 8006"),
    ai("253", &[n(13).with(&[Mod10]), x_to(17).optional()], "GDTI").attr().key(&[]),
    ai("254", X20, "GLN EXTENSION COMPONENT").needs("414"),
    ai("255", &[n(13).with(&[Mod10]), n_to(12).optional()], "GCN").attr().bars("01 02 415 8006 8020 8026").key(&[]),
    ai("30", &[n_to(8)], "VAR. COUNT").attr().needs(GTIN_OR_CONTENT),
    measure("3100", "3105", "310n", "NET WEIGHT (kg)"),
    measure("3110", "3115", "311n", "LENGTH (m)"),
    measure("3120", "3125", "312n", "WIDTH (m)"),
    measure("3130", "3135", "313n", "HEIGHT (m)"),
    measure("3140", "3145", "314n", "AREA (m²)"),
    measure("3150", "3155", "315n", "NET VOLUME (l)"),
    measure("3160", "3165", "316n", "NET VOLUME (m³)"),
    measure("3200", "3205", "320n", "NET WEIGHT (lb)"),
    measure("3210", "3215", "321n", "LENGTH (in)"),
    measure("3220", "3225", "322n", "LENGTH (ft)"),
    measure("3230", "3235", "323n", "LENGTH (yd)"),
    measure("3240", "3245", "324n", "WIDTH (in)"),
    measure("3250", "3255", "325n", "WIDTH (ft)"),
    measure("3260", "3265", "326n", "WIDTH (yd)"),
    measure("3270", "3275", "327n", "HEIGHT (in)"),
    measure("3280", "3285", "328n", "HEIGHT (ft)"),
    measure("3290", "3295", "329n", "HEIGHT (yd)"),
    gross("3300", "3305", "330n", "GROSS WEIGHT (kg)"),
    gross("3310", "3315", "331n", "LENGTH (m), log"),
    gross("3320", "3325", "332n", "WIDTH (m), log"),
    gross("3330", "3335", "333n", "HEIGHT (m), log"),
    gross("3340", "3345", "334n", "AREA (m²), log"),
    gross("3350", "3355", "335n", "VOLUME (l), log"),
    gross("3360", "3365", "336n", "VOLUME (m³), log"),
    run("3370", "3375", &[n(6)], "KG PER m²").fixed().attr().needs("01").bars("337n"),
    gross("3400", "3405", "340n", "GROSS WEIGHT (lb)"),
    gross("3410", "3415", "341n", "LENGTH (in), log"),
    gross("3420", "3425", "342n", "LENGTH (ft), log"),
    gross("3430", "3435", "343n", "LENGTH (yd), log"),
    gross("3440", "3445", "344n", "WIDTH (in), log"),
    gross("3450", "3455", "345n", "WIDTH (ft), log"),
    gross("3460", "3465", "346n", "WIDTH (yd), log"),
    gross("3470", "3475", "347n", "HEIGHT (in), log"),
    gross("3480", "3485", "348n", "HEIGHT (ft), log"),
    gross("3490", "3495", "349n", "HEIGHT (yd), log"),
    measure("3500", "3505", "350n", "AREA (in²)"),
    measure("3510", "3515", "351n", "AREA (ft²)"),
    measure("3520", "3525", "352n", "AREA (yd²)"),
    gross("3530", "3535", "353n", "AREA (in²), log"),
    gross("3540", "3545", "354n", "AREA (ft²), log"),
    gross("3550", "3555", "355n", "AREA (yd²), log"),
    measure("3560", "3565", "356n", "NET WEIGHT (tr oz)"),
    measure("3570", "3575", "357n", "NET VOLUME (oz)"),
    measure("3600", "3605", "360n", "NET VOLUME (qt (US))"),
    measure("3610", "3615", "361n", "NET VOLUME (gal.)"),
    gross("3620", "3625", "362n", "VOLUME (qt (US)), log"),
    gross("3630", "3635", "363n", "VOLUME (gal (US)), log"),
    measure("3640", "3645", "364n", "NET VOLUME (in³)"),
    measure("3650", "3655", "365n", "NET VOLUME (ft³)"),
    measure("3660", "3665", "366n", "NET VOLUME (yd³)"),
    gross("3670", "3675", "367n", "VOLUME (in³), log"),
    gross("3680", "3685", "368n", "VOLUME (ft³), log"),
    gross("3690", "3695", "369n", "VOLUME (yd³), log"),
    ai("37", &[n_to(8)], "COUNT").attr().needs("00+02 00+8026"),
    run("3900", "3909", &[n_to(15)], "AMOUNT").attr().needs("255 8020").bars("390n 391n 394n 8111"),
    run("3910", "3919", MONEY, "AMOUNT").attr().needs("8020").bars("391n"),
    run("3920", "3929", &[n_to(15)], "PRICE").attr().needs("01+30 01+31nn 01+32nn 01+35nn 01+36nn").bars("392n 393n"),
    run("3930", "3939", MONEY, "PRICE").attr().needs(OF_PRICE).bars("393n"),
    run("3940", "3943", &[n(4)], "PRCNT OFF").attr().needs("255").bars("394n 8111"),
    run("3950", "3955", &[n(6)], "PRICE/UoM").attr().needs(OF_PRICE).bars("392n 393n 395n 8005"),
    ai("400", X30, "ORDER NUMBER").attr(),
    ai("401", &[x_to(30).with(&[Prefix])], "GINC").attr().key(&[]),
    ai("402", &[n(17).with(&[Mod10])], "GSIN").attr().key(&[]),
    ai("403", X30, "ROUTE").attr().needs("00"),
    ai("410", GLN, "SHIP TO LOC").fixed().attr(),
    ai("411", GLN, "BILL TO").fixed().attr(),
    ai("412", GLN, "PURCHASE FROM").fixed().attr(),
    ai("413", GLN, "SHIP FOR LOC").fixed().attr(),
    ai("414", GLN, "LOC No.").fixed().attr().key(&["254", "7040"]),
    ai("415", GLN, "PAY TO").fixed().attr().needs("8020").key(&["8020"]),
    ai("416", GLN, "PROD/SERV LOC").fixed().attr(),
    ai("417", GLN, "PARTY").fixed().attr().key(&["7040"]),
    ai("420", X20, "SHIP TO POST").attr().bars("421"),
    ai("421", &[n(3).with(&[Country]), x_to(9)], "SHIP TO POST").attr().bars("4307"),
    ai("422", COUNTRY, "ORIGIN").attr().needs(ITEM).bars("426"),
    ai("423", COUNTRIES, "COUNTRY - INITIAL PROCESS").attr().needs(ANY_GTIN).bars("426"),
    ai("424", COUNTRY, "COUNTRY - PROCESS").attr().needs(ANY_GTIN).bars("426"),
    ai("425", COUNTRIES, "COUNTRY - DISASSEMBLY").attr().needs(ANY_GTIN).bars("426"),
    ai("426", COUNTRY, "COUNTRY - FULL PROCESS").attr().needs(ANY_GTIN),
    ai("427", &[x_to(3)], "ORIGIN SUBDIVISION").attr().needs("01+422 02+422 03+422"),
    ai("4300", PERCENT_35, "SHIP TO COMP").attr().needs("00"),
    ai("4301", PERCENT_35, "SHIP TO NAME").attr().needs("00"),
    ai("4302", PERCENT_70, "SHIP TO ADD1").attr().needs("00"),
    ai("4303", PERCENT_70, "SHIP TO ADD2").attr().needs("4302"),
    ai("4304", PERCENT_70, "SHIP TO SUB").attr().needs("00"),
    ai("4305", PERCENT_70, "SHIP TO LOC").attr().needs("00"),
    ai("4306", PERCENT_70, "SHIP TO REG").attr().needs("00"),
    ai("4307", LETTERS, "SHIP TO COUNTRY").attr().needs("00"),
    ai("4308", X30, "SHIP TO PHONE").attr().needs("00"),
    ai("4309", &[n(10).with(&[Latitude]), n(10).with(&[Longitude])], "SHIP TO GEO").attr().needs("00"),
    ai("4310", PERCENT_35, "RTN TO COMP").attr().needs("00"),
    ai("4311", PERCENT_35, "RTN TO NAME").attr().needs("00"),
    ai("4312", PERCENT_70, "RTN TO ADD1").attr().needs("00"),
    ai("4313", PERCENT_70, "RTN TO ADD2").attr().needs("4312"),
    ai("4314", PERCENT_70, "RTN TO SUB").attr().needs("00"),
    ai("4315", PERCENT_70, "RTN TO LOC").attr().needs("00"),
    ai("4316", PERCENT_70, "RTN TO REG").attr().needs("00"),
    ai("4317", LETTERS, "RTN TO COUNTRY").attr().needs("00"),
    ai("4318", X20, "RTN TO POST").attr().needs("00"),
    ai("4319", X30, "RTN TO PHONE").attr().needs("00"),
    ai("4320", PERCENT_35, "SRV DESCRIPTION").attr().needs("00"),
    ai("4321", YES_NO, "DANGEROUS GOODS").attr().needs("00"),
    ai("4322", YES_NO, "AUTH TO LEAVE").attr().needs("00"),
    ai("4323", YES_NO, "SIG REQUIRED").attr().needs("00"),
    ai("4324", MONTH_TIME, "NOT BEF DEL DT").attr().needs("00"),
    ai("4325", MONTH_TIME, "NOT AFT DEL DT").attr().needs("00"),
    ai("4326", DATE, "REL DATE").attr().needs("00"),
    ai("4330", TEMPERATURE, "MAX TEMP F.").attr().needs("00").bars("4331"),
    ai("4331", TEMPERATURE, "MAX TEMP C.").attr().needs("00").bars("4330"),
    ai("4332", TEMPERATURE, "MIN TEMP F.").attr().needs("00").bars("4333"),
    ai("4333", TEMPERATURE, "MIN TEMP C.").attr().needs("00").bars("4332"),
    ai("7001", &[n(13)], "NSN").attr().needs("01 02 8006 8026"),
    ai("7002", X30, "MEAT CUT").attr().needs(GTIN_OR_CONTENT),
    ai("7003", DATE_TIME, "EXPIRY TIME").attr().needs(ANY_GTIN),
    ai("7004", &[n_to(4)], "ACTIVE POTENCY").attr().needs("01+10 03+10"),
    ai("7005", &[x_to(12)], "CATCH AREA").attr().needs(GTIN_OR_CONTENT),
    ai("7006", DATE, "FIRST FREEZE DATE").attr().needs(GTIN_OR_CONTENT),
    ai("7007", &[n(6).with(&[Date]), n(6).with(&[Date]).optional()], "HARVEST DATE").attr().needs(GTIN_OR_CONTENT),
    ai("7008", &[x_to(3)], "AQUATIC SPECIES").attr().needs(GTIN_OR_CONTENT),
    ai("7009", &[x_to(10)], "FISHING GEAR TYPE").attr().needs(GTIN_OR_CONTENT),
    ai("7010", &[x_to(2)], "PROD METHOD").attr().needs(ANY_GTIN),
    ai("7011", &[n(6).with(&[Date]), n(4).with(&[HourMinute]).optional()], "TEST BY DATE").attr().needs(ANY_GTIN),
    ai("7020", X20, "REFURB LOT").attr().needs("01+416 03+416 8006+416"),
    ai("7021", X20, "FUNC STAT").attr().needs("01 03 8006"),
    ai("7022", X20, "REV STAT").attr().needs("01+7021 03+7021 8006+7021"),
    ai("7023", &[x_to(30).with(&[Prefix])], "GIAI - ASSEMBLY").attr(),
    run("7030", "7039", PROCESSOR, "PROCESSOR").attr().needs(GTIN_OR_CONTENT),
    ai("7040", &[n(1), x(1), x(1), x(1).with(&[OneOf(IMPORTER)])], "UIC+EXT"),
    ai("7041", &[x_to(4).with(&[Package])], "UFRGT UNIT TYPE").needs("00"),
    ai("710", X20, "NHRN PZN").attr().needs("01"),
    ai("711", X20, "NHRN CIP").attr().needs("01"),
    ai("712", X20, "NHRN CN").attr().needs("01"),
    ai("713", X20, "NHRN DRN").attr().needs("01"),
    ai("714", X20, "NHRN AIM").attr().needs("01"),
    ai("715", X20, "NHRN NDC").attr().needs("01"),
    ai("716", X20, "NHRN AIC").attr().needs("01"),
    ai("717", X20, "NHRN SRN").attr().needs("01"),
    run("7230", "7239", CERTIFICATE, "CERT").attr().needs("01 8004"),
    ai("7240", X20, "PROTOCOL").attr().needs("01 8006").bars("03"),
    ai("7241", &[n(2).with(&[Media])], "AIDC MEDIA TYPE").attr().needs(PATIENT_OR_PROVIDER),
    ai("7242", &[x_to(25)], "VCN").attr().needs(PATIENT_OR_PROVIDER),
    ai("7250", &[n(8).with(&[LongDate])], "DOB").attr().needs("8018").bars("7251"),
    ai("7251", &[n(8).with(&[LongDate]), n(4).with(&[HourMinute])], "DOB TIME").attr().needs("8018").bars("7250"),
    ai("7252", &[n(1).with(&[OneOf(b"0129")])], "BIO SEX").attr().needs("8018"),
    ai("7253", PERCENT_40, "FAMILY NAME").attr().needs(PATIENT_OR_PROVIDER).bars("7256 7259"),
    ai("7254", PERCENT_40, "GIVEN NAME").attr().needs(PATIENT_OR_PROVIDER).bars("7256 7259"),
    ai("7255", &[x_to(10)], "SUFFIX").attr().needs(PATIENT_OR_PROVIDER).bars("7256 7259"),
    ai("7256", &[x_to(90).with(&[Percent])], "FULL NAME").attr().needs(PATIENT_OR_PROVIDER),
    ai("7257", PERCENT_70, "PERSON ADDR").attr().needs("8018"),
    ai("7258", &[x(3).with(&[PlaceOfTotal])], "BIRTH SEQUENCE").attr().needs("8018+7259"),
    ai("7259", PERCENT_40, "BABY").attr().needs("8018").bars("7256"),
    ai("8001", &[n(4).with(&[NonZero]), n(5).with(&[NonZero]), n(3).with(&[NonZero]), n(1).with(&[OneOf(b"019")]), n(1)], "DIMENSIONS").attr().needs("01"),
    ai("8002", X20, "CMT No.").attr(),
    ai("8003", &[n(1).with(&[OneOf(b"0")]), n(13).with(&[Mod10]), x_to(16).optional()], "GRAI").attr().key(&[]),
    ai("8004", &[x_to(30).with(&[Prefix])], "GIAI").attr().key(&["7040"]),
    ai("8005", &[n(6)], "PRICE PER UNIT").attr().needs(GTIN_OR_CONTENT),
    ai("8006", ITIP, "ITIP").attr().bars("01 03 37").key(&[TEXT_10]),
    ai("8007", &[x_to(34).with(&[Iban])], "IBAN").attr().needs("415"),
    ai("8008", &[n(6).with(&[DateOrMonth]), n(2).with(&[Hour]), n(2).with(&[Sixty]).optional(), n(2).with(&[Sixty]).optional()], "PROD TIME").attr().needs(ANY_GTIN),
    ai("8009", &[x_to(50)], "OPTSEN").attr().needs("00 01 03"),
    ai("8010", &[part(Set::Y, 1, 30).with(&[Prefix])], "CPID").attr().key(&["8011"]),
    ai("8011", &[n_to(12).with(&[NoLeadingZero])], "CPID SERIAL").needs("8010"),
    ai("8012", X20, "VERSION").attr().needs("01 03 8006"),
    ai("8013", &[x_to(25).with(&[Pair, Prefix])], "GMN").attr().key(&[]),
    ai("8014", &[x_to(25).with(&[Pair, Prefix, NonDigit])], "MUDI").needs("01"),
    ai("8017", RELATION, "GSRN - PROVIDER").attr().bars("8018").key(&["8019"]),
    ai("8018", RELATION, "GSRN - RECIPIENT").attr().bars("8017").key(&["8019"]),
    ai("8019", &[n_to(10)], "SRIN").needs(PATIENT_OR_PROVIDER),
    ai("8020", &[x_to(25)], "REF No.").needs("415"),
    ai("8026", ITIP, "ITIP CONTENT").attr().needs("37").bars("02 03 8006"),
    ai("8030", &[part(Set::Z, 1, 90)], "DIGSIG").attr().needs("00 01+21 03+21 253 255 8003 8004 8006+21 8010+8011 8017 8018"),
    ai("8040", &[n(15)], "IMEI").needs("01+21"),
    ai("8041", &[n(15)], "IMEI2").needs("01+21+8040"),
    ai("8042", &[n(32)], "ESIM").needs("01+21+8040"),
    ai("8043", &[n(18), n_to(2).optional()], "PSIM").needs("01+21+8040"),
    ai("8110", &[x_to(70).with(&[Coupon])], "COUPON").attr(),
    ai("8111", &[n(4)], "POINTS").attr().needs("255"),
    ai("8112", &[x_to(70).with(&[Offer])], "POSITIVE OFFER").attr(),
    ai("8200", &[x_to(70)], "PRODUCT URL").needs("01"),
    ai("90", X30, "INTERNAL").attr(),
    run("91", "99", &[x_to(90)], "INTERNAL").attr(),
];
