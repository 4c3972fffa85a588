//! What is in a workbook: its sheets, the day that it counts from, and which styles show days.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use quick_xml::events::Event;
use zip::ZipArchive;

use super::super::read::{SheetError, broken};
use super::part::{Xml, attribute};

/// Most sheets and most styles that are looked at.
const MOST: usize = 70_000;

/// A sheet.
pub(super) struct Sheet {
    pub name: String,
    pub visible: bool,
    /// Its part of the archive.
    pub part: String,
}

/// A workbook that is open.
pub(super) struct Book {
    archive: ZipArchive<BufReader<File>>,
    pub sheets: Vec<Sheet>,
    /// It counts days from 1904 on, as those of old Macintoshes do.
    pub since_1904: bool,
}

/// The name of a part as a relation of the workbook says it.
fn part_of(target: &str) -> String {
    let target = target.replace('\\', "/");
    match target.strip_prefix('/') {
        Some(whole) => whole.to_owned(),
        None => format!("xl/{}", target.trim_start_matches("./")),
    }
}

impl Book {
    pub fn open(path: &Path) -> Result<Self, SheetError> {
        let archive = ZipArchive::new(BufReader::new(File::open(path).map_err(broken)?)).map_err(broken)?;
        let mut book = Self { archive, sheets: Vec::new(), since_1904: false };
        let relations = book.relations()?;
        let mut xml = book.part("xl/workbook.xml")?.ok_or_else(|| broken("it is no workbook"))?;
        let (mut buffer, mut sheets, mut since_1904) = (Vec::new(), Vec::new(), false);
        loop {
            match xml.next(&mut buffer)? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "workbookPr" => since_1904 = attribute(&tag, "date1904")?.is_some_and(|flag| matches!(flag.as_str(), "1" | "true")),
                    "sheet" if sheets.len() < MOST => {
                        let (name, state, relation) = (attribute(&tag, "name")?, attribute(&tag, "state")?, attribute(&tag, "id")?);
                        let part = relation.and_then(|relation| relations.get(&relation)).map(|target| part_of(target));
                        if let (Some(name), Some(part)) = (name, part) {
                            sheets.push(Sheet { name, part, visible: state.is_none_or(|state| state == "visible") });
                        }
                    }
                    _ => {}
                },
                Event::Eof => break,
                _ => {}
            }
        }
        drop(xml);
        (book.sheets, book.since_1904) = (sheets, since_1904);
        Ok(book)
    }

    /// A part by its name; some programs write it in other cases or with backslashes than they say.
    pub fn part(&mut self, name: &str) -> Result<Option<Xml<'_>>, SheetError> {
        let plain = |name: &str| name.replace('\\', "/").to_lowercase();
        let found = match self.archive.index_for_name(name) {
            Some(found) => Some(found),
            None => {
                let wanted = plain(name);
                self.archive.file_names().position(|known| known.is_ok_and(|known| plain(&known) == wanted))
            }
        };
        match found {
            Some(found) => Ok(Some(Xml::new(self.archive.by_index(found).map_err(broken)?))),
            None => Ok(None),
        }
    }

    /// Where the parts are that the workbook refers to.
    fn relations(&mut self) -> Result<HashMap<String, String>, SheetError> {
        let (mut relations, mut buffer) = (HashMap::new(), Vec::new());
        let Some(mut xml) = self.part("xl/_rels/workbook.xml.rels")? else { return Ok(relations) };
        loop {
            match xml.next(&mut buffer)? {
                Event::Start(tag) if tag.local_name().as_ref() == "Relationship" && relations.len() < MOST => {
                    if let (Some(id), Some(target)) = (attribute(&tag, "Id")?, attribute(&tag, "Target")?) {
                        relations.insert(id, target);
                    }
                }
                Event::Eof => return Ok(relations),
                _ => {}
            }
        }
    }

    /// By the number of a cell's style, whether it shows a number as a day or a time.
    pub fn days(&mut self) -> Result<Vec<bool>, SheetError> {
        let (mut days, mut own, mut buffer) = (Vec::new(), HashMap::new(), Vec::new());
        let Some(mut xml) = self.part("xl/styles.xml")? else { return Ok(days) };
        let mut of_cells = false;
        loop {
            match xml.next(&mut buffer)? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "numFmt" if own.len() < MOST => {
                        if let (Some(id), Some(code)) = (attribute(&tag, "numFmtId")?, attribute(&tag, "formatCode")?) {
                            own.insert(id, shows_day(&code));
                        }
                    }
                    "cellXfs" => of_cells = true,
                    "xf" if of_cells && days.len() < MOST => {
                        let id = attribute(&tag, "numFmtId")?.unwrap_or_default();
                        days.push(own.get(&id).copied().unwrap_or_else(|| built_in(&id)));
                    }
                    _ => {}
                },
                Event::End(tag) if tag.local_name().as_ref() == "cellXfs" => return Ok(days),
                Event::Eof => return Ok(days),
                _ => {}
            }
        }
    }
}

/// Whether one of the formats that every workbook has shows days or times; some of them only do in East Asia.
fn built_in(id: &str) -> bool {
    id.parse().is_ok_and(|id: u16| matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58))
}

/// Whether a format shows days or times: it has a letter of theirs outside quotes, escapes and brackets, or counts hours as in `[h]:mm`.
fn shows_day(code: &str) -> bool {
    let mut signs = code.chars();
    while let Some(sign) = signs.next() {
        match sign {
            // The sign behind these stands for itself.
            '\\' | '_' | '*' => {
                signs.next();
            }
            '"' => while signs.next().is_some_and(|sign| sign != '"') {},
            '[' => {
                let inside: String = signs.by_ref().take_while(|sign| *sign != ']').collect();
                let letter = inside.chars().next().map(|first| first.to_ascii_lowercase());
                let is_one = |letter| inside.chars().all(|other| other.to_ascii_lowercase() == letter);
                if letter.is_some_and(|letter| matches!(letter, 'h' | 'm' | 's') && is_one(letter)) {
                    return true;
                }
            }
            // Numbers that are not below nothing are shown by the first part alone.
            ';' => return false,
            'd' | 'm' | 'y' | 'h' | 's' | 'D' | 'M' | 'Y' | 'H' | 'S' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{part_of, shows_day};

    #[test]
    fn formats_of_days_are_told_from_those_of_amounts() {
        for day in ["yyyy-mm-dd", "yyyy\"年\"m\"月\"d\"日\"", "[$-804]yyyy/m/d", "[h]:mm:ss", "h:mm AM/PM", "mm:ss.0", "\\d yyyy"] {
            assert!(shows_day(day), "{day}");
        }
        for amount in
            ["General", "0.00", "#,##0;[Red]-#,##0", "\"days\" 0", "0\\d", "@", "_(* #,##0_)", "[Magenta]0", "0;yyyy", "[=1]\"s\";0"]
        {
            assert!(!shows_day(amount), "{amount}");
        }
    }

    #[test]
    fn parts_are_found_from_the_folder_of_the_workbook_or_from_the_top() {
        assert_eq!(part_of("worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(part_of("/xl/worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(part_of("worksheets\\sheet1.xml"), "xl/worksheets/sheet1.xml");
    }
}
