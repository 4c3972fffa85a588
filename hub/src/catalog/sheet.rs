//! Items as a sheet, which can be changed and imported again.

use super::api::ItemQuery;
use super::{Items, cells_of, store};
use crate::http::page::PageQuery;
use crate::http::problem::{Problem, Text};
use crate::platform::export::{Column, Exportable, Out, Reading, Rows};
use crate::platform::fields::Subject;
use crate::platform::import::Importable as _;
use crate::platform::scope::{self, Entity};

/// Items.
pub struct Sheet;

#[async_trait::async_trait]
impl Exportable for Sheet {
    fn word(&self) -> &'static str {
        "items"
    }

    fn title(&self) -> Text {
        Text::new("商品", "Items")
    }

    fn entity(&self) -> Option<Entity> {
        None
    }

    fn subject(&self) -> Option<Subject> {
        Some(Subject::Item)
    }

    fn filters(&self) -> &'static [&'static str] {
        &["q"]
    }

    fn columns(&self) -> Vec<Column> {
        let own = Items.columns().into_iter().map(|column| Column { id: column.id, title: column.title });
        own.chain([Column { id: "on_hand".into(), title: Text::new("现存（齐套）", "On hand (complete sets)") }]).collect()
    }

    async fn rows(&self, reading: &Reading<'_>, page: &PageQuery) -> Result<Rows, Problem> {
        let asked: ItemQuery = reading.filters.read()?;
        let seen = scope::of(reading.actor, Entity::Stock);
        let page = store::list(reading.db, &seen, asked.q.as_deref(), reading.narrowed("i.")?, page).await?;
        let shows_stock = reading.set()?.shows(&reading.actor.anywhere(), "on_hand");
        let mut more = cells_of(reading.db, page.items.iter().map(|row| row.id)).await?;
        Ok(Rows::of(page, |row| {
            let (barcodes, parts) = more.remove(&row.id).unwrap_or_default();
            let own: [Out; 9] = [
                row.code.into(),
                row.name.into(),
                row.name_en.into(),
                row.unit.into(),
                i64::from(row.cartons).into(),
                reading.yes(row.by_lot),
                barcodes.into(),
                parts.into(),
                row.on_hand.filter(|_| shows_stock).into(),
            ];
            reading.with_custom(own, &row.custom)
        }))
    }
}
