//! Cartons of a ticket: which are expected, what their barcodes can say, and whether what was scanned is one of them. A scan is judged as the
//! edge judges it, by the same code.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::barcode::{Meaning, classify};
use qitao_domain::catalog::{BarcodeHit, Directory, ItemFacts, Location, LocationKind, Operator};
use qitao_domain::ids::{ItemId, LocationId, OperatorId};
use qitao_domain::quantity::Quantity;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::TicketError;
use super::model::{Goods, TicketCarton};
use super::rules::{MOST_CARTONS, MOST_GOODS};
use crate::platform::sql::Sql;

/// Longest text of a barcode.
pub(super) const CODE: usize = 500;

/// Why a carton is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It is for somebody else.
    #[error("this is no carton of this ticket")]
    NotOfTicket,
    /// All of them were scanned.
    #[error("carton {0} was scanned already")]
    Twice(i32),
    /// Scan the carton's own label: the item has several.
    #[error("this barcode does not say which carton it is on")]
    WhichCarton,
    /// Scan it again, or another label of it.
    #[error("the barcode is broken: {0}")]
    Broken(String),
}

#[derive(FromQueryResult)]
struct Row {
    item_id: i64,
    code: String,
    name: String,
    cartons: i32,
    carton: i32,
    expected: i32,
    scanned: i32,
}

#[derive(FromQueryResult)]
struct Barcode {
    item_id: i64,
    text: String,
    quantity: i64,
    carton: Option<i32>,
}

/// The cartons of one ticket, with what the catalogue says of their items.
pub(super) struct Cartons {
    rows: Vec<Row>,
    barcodes: BTreeMap<String, BarcodeHit>,
}

fn small(number: i32) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

impl Cartons {
    /// Those of a ticket.
    pub async fn of(db: &impl ConnectionTrait, ticket: i64) -> Result<Self, DbErr> {
        let sql = "SELECT c.item_id, i.code, i.name, i.cartons, c.carton, c.expected, c.scanned FROM ticket_carton c \
                   JOIN item i ON i.id = c.item_id WHERE c.ticket_id = ";
        let rows: Vec<Row> = Sql::new(sql).bind(ticket).text(" ORDER BY i.code, c.carton").all(db).await?;
        let items: BTreeSet<i64> = rows.iter().map(|row| row.item_id).collect();
        let barcodes: Vec<Barcode> =
            Sql::new("SELECT item_id, text, quantity, carton FROM item_barcode WHERE item_id IN ").among(items).all(db).await?;
        let hit = |barcode: Barcode| {
            let (item, quantity) = (ItemId(barcode.item_id), Quantity::from_raw(barcode.quantity));
            (barcode.text, BarcodeHit { item, quantity, carton: barcode.carton.map(small) })
        };
        Ok(Self { rows, barcodes: barcodes.into_iter().map(hit).collect() })
    }

    /// How many are still to be scanned.
    pub fn left(&self) -> i64 {
        self.rows.iter().map(|row| i64::from((row.expected - row.scanned).max(0))).sum()
    }

    /// As people and phones are shown them.
    pub fn shown(&self) -> Vec<TicketCarton> {
        let one = |row: &Row| TicketCarton {
            item: row.item_id,
            item_code: row.code.clone(),
            item_name: row.name.clone(),
            carton: row.carton,
            of: row.cartons,
            expected: row.expected,
            scanned: row.scanned,
            codes: self.codes(row),
        };
        self.rows.iter().map(one).collect()
    }

    /// What a label of this carton can say: the house's own form, a GTIN with the number of the piece behind it, and barcodes that tell it.
    fn codes(&self, row: &Row) -> Vec<String> {
        let mut codes = vec![format!("{}/{}-{}", row.code, row.carton, row.cartons)];
        for (text, hit) in self.barcodes.iter().filter(|(_, hit)| hit.item.0 == row.item_id) {
            match hit.carton {
                None if row.cartons == 1 => codes.push(text.clone()),
                None if text.len() == 14 => codes.push(format!("8006{text}{:02}{:02}", row.carton, row.cartons)),
                Some(carton) if i32::from(carton) == row.carton => codes.push(text.clone()),
                _ => {}
            }
        }
        if row.cartons == 1 {
            codes.push(row.code.clone());
        }
        codes
    }

    /// Which carton a scan is.
    pub fn judged(&self, code: &str) -> Result<(i64, i32), Wrong> {
        let (item, carton) = match classify(self, code.as_bytes(), None) {
            Meaning::Goods { item, carton, .. } => (item, carton),
            Meaning::Invalid { rule, .. } => return Err(Wrong::Broken(rule)),
            _ => return Err(Wrong::NotOfTicket),
        };
        let own = || self.rows.iter().filter(|row| row.item_id == item.0);
        let carton = match carton.map(i32::from) {
            Some(carton) => carton,
            None if own().all(|row| row.cartons <= 1) => 1,
            None => return Err(Wrong::WhichCarton),
        };
        match own().find(|row| row.carton == carton) {
            None => Err(Wrong::NotOfTicket),
            Some(row) if row.scanned >= row.expected => Err(Wrong::Twice(carton)),
            Some(_) => Ok((item.0, carton)),
        }
    }
}

impl Directory for Cartons {
    fn barcode(&self, text: &str) -> Option<BarcodeHit> {
        self.barcodes.get(text).copied()
    }

    fn item(&self, id: ItemId) -> Option<ItemFacts<'_>> {
        self.rows.iter().find(|row| row.item_id == id.0).map(|row| ItemFacts {
            id,
            code: &row.code,
            name: &row.name,
            name_en: "",
            unit: "",
            cartons: small(row.cartons),
            by_lot: false,
            is_kit: false,
        })
    }

    fn item_by_code(&self, code: &str) -> Option<ItemId> {
        self.rows.iter().find(|row| row.code == code).map(|row| ItemId(row.item_id))
    }

    fn location_by_code(&self, _: &str) -> Option<LocationId> {
        None
    }

    fn location(&self, _: LocationId) -> Option<&Location> {
        None
    }

    fn location_of_kind(&self, _: LocationKind) -> Option<LocationId> {
        None
    }

    fn operator_by_badge(&self, _: &str) -> Option<OperatorId> {
        None
    }

    fn operator(&self, _: OperatorId) -> Option<&Operator> {
        None
    }
}

#[derive(FromQueryResult)]
struct Part {
    item_id: i64,
    cartons: i32,
    pieces: i64,
}

/// What a ticket is to deliver: each item's cartons, those of a kit by its parts. What was scanned already stays scanned.
pub(super) async fn expect(tx: &impl ConnectionTrait, ticket: i64, goods: &[Goods]) -> Result<(), TicketError> {
    if goods.len() > MOST_GOODS {
        return Err(TicketError::TooMany);
    }
    let mut wanted: BTreeMap<(i64, i32), i64> = BTreeMap::new();
    for of in goods {
        let known = Sql::new("SELECT i.id AS item_id, i.cartons, CAST(1000 AS BIGINT) AS pieces FROM item i WHERE NOT i.deleted AND NOT i.is_kit AND i.id = ")
            .bind(of.item)
            .text(
                " UNION ALL SELECT p.id AS item_id, p.cartons, k.quantity AS pieces FROM kit_part k JOIN item p ON p.id = k.part_id \
                   JOIN item i ON i.id = k.kit_id WHERE NOT i.deleted AND i.is_kit AND k.kit_id = ",
            )
            .bind(of.item);
        let parts: Vec<Part> = known.all(tx).await?;
        if parts.is_empty() || !(1..=100).contains(&of.quantity) {
            return Err(TicketError::Nothing { field: "goods", what: format!("{} × {}", of.quantity, of.item) });
        }
        for part in parts {
            // A part by the metre is one roll.
            let pieces = i64::from(of.quantity) * (part.pieces / 1000).max(1);
            for carton in 1..=part.cartons {
                *wanted.entry((part.item_id, carton)).or_default() += pieces;
            }
        }
    }
    if wanted.values().sum::<i64>() > MOST_CARTONS {
        return Err(TicketError::TooMany);
    }
    let was = Cartons::of(tx, ticket).await?;
    Sql::new("DELETE FROM ticket_carton WHERE ticket_id = ").bind(ticket).run(tx).await?;
    let scanned =
        |item: i64, carton: i32| was.rows.iter().find(|row| (row.item_id, row.carton) == (item, carton)).map_or(0, |row| row.scanned);
    let row = |((item, carton), pieces): (&(i64, i32), &i64)| {
        let expected = i32::try_from(*pieces).unwrap_or(i32::MAX);
        vec![ticket.into(), (*item).into(), (*carton).into(), expected.into(), scanned(*item, *carton).min(expected).into()]
    };
    if !wanted.is_empty() {
        let sql = Sql::new("INSERT INTO ticket_carton (ticket_id, item_id, carton, expected, scanned) VALUES ");
        sql.rows(wanted.iter().map(row)).run(tx).await?;
    }
    Ok(())
}

/// Counts a carton.
pub(super) async fn scan(tx: &impl ConnectionTrait, ticket: i64, code: &str) -> Result<(i64, i32), TicketError> {
    let (item, carton) = Cartons::of(tx, ticket).await?.judged(code).map_err(TicketError::Carton)?;
    let sql = Sql::new("UPDATE ticket_carton SET scanned = scanned + 1 WHERE scanned < expected AND ticket_id = ").bind(ticket);
    let counted = sql.text(" AND item_id = ").bind(item).text(" AND carton = ").bind(carton).run(tx).await?;
    if counted == 0 { Err(TicketError::Carton(Wrong::Twice(carton))) } else { Ok((item, carton)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wardrobe(scanned: i32) -> Cartons {
        let row = |carton| Row {
            item_id: 1,
            code: "YG-OAK".into(),
            name: "衣柜".into(),
            cartons: 3,
            carton,
            expected: 1,
            scanned: if carton == 1 { scanned } else { 0 },
        };
        let hit = BarcodeHit { item: ItemId(1), quantity: Quantity::ONE, carton: None };
        Cartons { rows: (1..=3).map(row).collect(), barcodes: BTreeMap::from([("06901234567892".to_owned(), hit)]) }
    }

    #[test]
    fn a_carton_is_taken_once_and_a_wrong_one_is_told_why() {
        let all = wardrobe(1);
        assert_eq!(all.judged("YG-OAK/2-3"), Ok((1, 2)));
        assert_eq!(all.judged("(8006)069012345678920303"), Ok((1, 3)));
        assert_eq!(all.judged("YG-OAK/1-3"), Err(Wrong::Twice(1)));
        assert_eq!(all.judged("6901234567892"), Err(Wrong::WhichCarton));
        assert_eq!(all.judged("CY-OAK/1-1"), Err(Wrong::NotOfTicket));
        assert_eq!(all.judged("QT-OK"), Err(Wrong::NotOfTicket));
        assert!(matches!(all.judged("YG-OAK/4-3"), Err(Wrong::Broken(_))));
        assert!(matches!(all.judged("YG-OAK/2-5"), Err(Wrong::Broken(_))), "the third of five completes no set of three");
        assert_eq!((all.left(), wardrobe(0).left()), (2, 3));
    }

    #[test]
    fn what_a_phone_compares_is_what_the_hub_takes() {
        let all = wardrobe(0);
        for (n, carton) in (1..).zip(all.shown()) {
            assert!(carton.codes.len() >= 2);
            for code in carton.codes {
                assert_eq!(all.judged(&code), Ok((1, n)), "{code}");
            }
        }
    }
}
