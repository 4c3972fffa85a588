//! How texts are cut into words, and by which keys a Chinese word is found. Pure.
//!
//! A word is a run of Chinese characters or a run of letters and digits, in lower case and compatibility form (`Ｙ` is `y`); signs between
//! them carry nothing. What is typed is cut in the same way.

use std::collections::BTreeMap;

use pinyin::ToPinyinMulti as _;
use unicode_normalization::UnicodeNormalization as _;

/// Characters of a word; what is longer is cut.
const LONGEST: usize = 32;
/// Parts of a code from which it can be found.
const PARTS: usize = 8;
/// Digits of a number between letters of a code from which on it is a word of its own.
const DIGITS: usize = 3;
/// Characters of a key, of Chinese, of syllables, of initials. What is typed beyond that is looked for as a further word.
const HAN: usize = 12;
const SYLLABLES: usize = 6;
const INITIALS: usize = 8;
/// Readings that are kept of a character, and of a row of characters.
const READINGS: usize = 3;
const TOGETHER: usize = 8;

/// Where a word stands in its record. The lower, the better the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    /// A whole code or barcode.
    Whole = 1,
    /// A word of a name.
    Name = 2,
    /// A later part of a code, the last digits of a barcode.
    Part = 4,
}

/// By what a key leads to a word. The lower, the better the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    /// The word itself.
    Itself = 2,
    /// Its pinyin or initials from the beginning.
    Sound = 3,
    /// From a later character on.
    Within = 4,
}

/// Whether it is a Chinese character.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '〇')
}

/// Whether it is a word of Chinese characters alone.
pub(super) fn is_chinese(word: &str) -> bool {
    !word.is_empty() && word.chars().all(is_han)
}

/// Words of a text in its order: runs of Chinese characters, and runs of letters and digits. 2.4 is one word.
pub(super) fn runs(text: &str) -> Vec<String> {
    split(text, true)
}

fn split(text: &str, decimals: bool) -> Vec<String> {
    let plain: Vec<char> = text.nfkc().flat_map(char::to_lowercase).collect();
    let mut runs: Vec<String> = Vec::new();
    let mut before: Option<bool> = None;
    for (at, c) in plain.iter().enumerate() {
        let digit = |at: Option<usize>| at.and_then(|at| plain.get(at)).is_some_and(char::is_ascii_digit);
        if decimals && matches!(c, '.' | ',') && digit(at.checked_sub(1)) && digit(Some(at + 1)) {
            continue;
        }
        let kind = c.is_alphanumeric().then(|| is_han(*c));
        match (kind, runs.last_mut()) {
            (Some(_), Some(run)) if kind == before => run.push(*c),
            (Some(_), _) => runs.push(c.to_string()),
            (None, _) => {}
        }
        before = kind;
    }
    runs
}

/// The same runs, cut also where letters and digits meet.
pub(super) fn letters_and_numbers(runs: &[String]) -> Vec<String> {
    let mut cut: Vec<String> = Vec::new();
    for run in runs {
        let mut before = None;
        for c in run.chars() {
            let digit = Some(c.is_ascii_digit());
            match cut.last_mut() {
                Some(last) if before == digit => last.push(c),
                _ => cut.push(c.to_string()),
            }
            before = digit;
        }
    }
    cut
}

/// As much of a word as is kept.
pub(super) fn cut(word: &str) -> String {
    word.chars().take(LONGEST).collect()
}

/// The words of one record and where they stand.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words(pub BTreeMap<String, Field>);

impl Words {
    fn add(&mut self, word: &str, field: Field) {
        if !word.is_empty() {
            let known = self.0.entry(cut(word)).or_insert(field);
            *known = field.min(*known);
        }
    }

    /// A name: its words, and measures also without the blank between number and unit.
    pub fn name(&mut self, text: &str) {
        let runs = runs(text);
        for run in &runs {
            let characters: Vec<char> = run.chars().collect();
            // A name without any break is many words to us.
            for some in characters.chunks(if characters.first().copied().is_some_and(is_han) { HAN * 2 } else { LONGEST }) {
                self.add(&some.iter().collect::<String>(), Field::Name);
            }
        }
        for pair in runs.windows(2) {
            let [number, unit] = pair else { continue };
            if number.bytes().all(|b| b.is_ascii_digit()) && unit.len() <= 2 {
                self.add(&format!("{number}{unit}"), Field::Name);
            }
        }
    }

    /// A code: whole, and from each later part on; its Chinese words, and its numbers, also without the zeros that fill them up.
    pub fn code(&mut self, text: &str) {
        // 1.12 and 11.2 are different places.
        let runs = split(text, false);
        for from in 0..runs.len().min(PARTS) {
            self.add(&runs[from..].concat(), if from == 0 { Field::Whole } else { Field::Part });
        }
        let runs = &runs[..runs.len().min(PARTS)];
        for chinese in runs.iter().filter(|run| is_chinese(run)) {
            self.add(chinese, Field::Part);
        }
        for number in letters_and_numbers(runs).iter().filter(|run| run.bytes().all(|b| b.is_ascii_digit())) {
            if number.len() >= DIGITS {
                self.add(number, Field::Part);
            }
            if number.starts_with('0') {
                self.add(number.trim_start_matches('0'), Field::Part);
            }
        }
    }

    /// A barcode: whole, without the zeros that fill up a GTIN, and by its last six digits.
    pub fn barcode(&mut self, text: &str) {
        let whole = runs(text).concat();
        self.add(&whole, Field::Whole);
        if whole.len() >= 8 && whole.bytes().all(|b| b.is_ascii_digit()) {
            self.add(whole.trim_start_matches('0'), Field::Whole);
            self.add(&whole[whole.len() - 6..], Field::Part);
        }
    }
}

/// Readings of a character, the commonest first; none when it is not Chinese.
fn readings(c: char) -> Vec<String> {
    let mut readings: Vec<String> = Vec::new();
    for reading in c.to_pinyin_multi().into_iter().flatten() {
        let plain: String = reading.plain().chars().map(|c| if c == 'ü' { 'v' } else { c }).filter(char::is_ascii_lowercase).collect();
        if !plain.is_empty() && !readings.contains(&plain) {
            readings.push(plain);
        }
    }
    readings.truncate(READINGS);
    readings
}

/// Ways to read a row of characters, of which each has several. Where there are too many, later characters keep their commonest.
fn ways<'a>(characters: impl IntoIterator<Item = &'a Vec<String>>) -> Vec<String> {
    let mut ways = vec![String::new()];
    for readings in characters {
        let some = if ways.len() * readings.len() > TOGETHER { &readings[..1.min(readings.len())] } else { &readings[..] };
        if some.is_empty() {
            break;
        }
        ways = ways.iter().flat_map(|way| some.iter().map(move |reading| format!("{way}{reading}"))).collect();
    }
    ways
}

/// The keys that lead to a Chinese word; of any other word none. The Chinese in a code is a word of its own.
pub(super) fn keys(word: &str) -> BTreeMap<String, Tier> {
    let characters: Vec<char> = word.chars().collect();
    let mut keys = BTreeMap::new();
    if !is_chinese(word) {
        return keys;
    }
    keys.insert(word.to_owned(), Tier::Itself);
    let mut add = |key: String, tier: Tier| {
        let known = keys.entry(key).or_insert(tier);
        *known = tier.min(*known);
    };
    let sounds: Vec<Vec<String>> = characters.iter().map(|c| readings(*c)).collect();
    let initials: Vec<Vec<String>> = sounds
        .iter()
        .map(|readings| {
            let mut initials: Vec<String> = readings.iter().map(|reading| reading[..1].to_owned()).collect();
            initials.dedup();
            initials
        })
        .collect();
    for from in 0..characters.len() {
        let tier = if from == 0 { Tier::Sound } else { Tier::Within };
        if from > 0 {
            add(characters[from..].iter().take(HAN).collect(), Tier::Within);
        }
        for way in ways(sounds[from..].iter().take(SYLLABLES)) {
            add(way, tier);
        }
        for way in ways(initials[from..].iter().take(INITIALS)).into_iter().filter(|way| way.len() > 1) {
            add(way, tier);
        }
    }
    keys.remove("");
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_script_or_sign_changes_whatever_its_width_and_case() {
        assert_eq!(runs("云杉 橡木衣柜 2.4 m 五门"), ["云杉", "橡木衣柜", "24", "m", "五门"]);
        assert_eq!(runs("ＹＧ－Ｏａｋ／２４００"), ["yg", "oak", "2400"]);
        assert_eq!(runs("慕思3D床垫（1.8米）"), ["慕思", "3d", "床垫", "18", "米"]);
        assert!(runs("%_'\\;--\0\u{202e}。").is_empty());
    }

    #[test]
    fn codes_are_found_from_each_part_on_and_barcodes_by_their_last_digits() {
        let mut words = Words::default();
        words.code("YG-OAK-2400");
        words.barcode("06901234567892");
        words.name("Wardrobe 2.4 m");
        let of = |field| words.0.iter().filter(|(_, at)| **at == field).map(|(word, _)| word.as_str()).collect::<Vec<_>>();
        assert_eq!(of(Field::Whole), ["06901234567892", "6901234567892", "ygoak2400"]);
        assert_eq!(of(Field::Part), ["2400", "567892", "oak2400"]);
        assert_eq!(of(Field::Name), ["24", "24m", "m", "wardrobe"]);
    }

    #[test]
    fn a_number_in_a_code_is_found_without_its_zeros_and_chinese_in_it_by_its_sound() {
        let mut words = Words::default();
        words.code("PK-001177");
        words.code("订单 SO-07");
        let of = |field| words.0.iter().filter(|(_, at)| **at == field).map(|(word, _)| word.as_str()).collect::<Vec<_>>();
        assert_eq!(of(Field::Whole), ["pk001177", "订单so07"]);
        assert_eq!(of(Field::Part), ["001177", "07", "1177", "7", "so07", "订单"]);
        let mut plain = Words::default();
        plain.code("XSD0001177");
        plain.code("1.12");
        assert_eq!(plain.0.keys().collect::<Vec<_>>(), ["0001177", "112", "1177", "12", "xsd0001177"]);
        assert!(keys("订单so07").is_empty(), "the number of an order is no word with sounds of its own");
        assert!(keys("订单").contains_key("dingdan"));
    }

    #[test]
    fn a_chinese_word_is_found_from_every_character_on_by_sign_sound_and_initials() {
        let keys = keys("橡木衣柜");
        let tier = |key: &str| keys.get(key).copied();
        assert_eq!([tier("橡木衣柜"), tier("衣柜"), tier("柜")], [Some(Tier::Itself), Some(Tier::Within), Some(Tier::Within)]);
        assert_eq!([tier("xiangmuyigui"), tier("yigui"), tier("xmyg"), tier("yg")].map(|tier| tier.is_some()), [true; 4]);
        assert_eq!((tier("xmyg"), tier("yg")), (Some(Tier::Sound), Some(Tier::Within)));
        assert!(super::keys("oak").is_empty());
    }

    #[test]
    fn characters_with_several_readings_are_found_by_each_and_never_by_too_many() {
        let (chongqing, long) = (keys("重庆"), keys("长沙发"));
        assert!(["chongqing", "zhongqing", "cq", "zq"].iter().all(|key| chongqing.contains_key(*key)), "{chongqing:?}");
        assert!(["changshafa", "zhangshafa", "shafa", "sf"].iter().all(|key| long.contains_key(*key)), "{long:?}");
        let green: Vec<String> = keys("绿").into_keys().collect();
        assert!(green.contains(&"lv".to_owned()), "{green:?}");
        let many = keys(&"重长行乐".repeat(8));
        assert!(many.len() <= 32 * (1 + 2 * TOGETHER), "{}", many.len());
    }
}
