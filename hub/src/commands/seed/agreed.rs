//! Writes what was agreed before something was sold: the contracts of leads that were won, with their instalments, and the papers that they
//! were signed with.

use image::{ImageFormat, Rgb, RgbImage};
use sea_orm::Value;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::super::Failure;
use super::sold::Writing;
use super::trade::{Told, at, next};
use crate::db::Db;
use crate::demo::trade::{DAY_MS, Order, OrderState};
use crate::platform::files::kind::Kind;
use crate::platform::files::{self, Arrived, Files, NewFile};
use crate::platform::sql::{Sql, insert_many};
use crate::sales::contracts;

const TERMS: &str = "一、产品的品名、规格、数量、价格以上表为准，设计以双方签字的终稿设计图为准。\n二、甲方按约定分期付款；尾款付清后发货安装。\n\
                     三、定制产品签订后不能退换；质量问题由乙方负责保修五年。\n四、本合同一式两份，双方各执一份，签字盖章后生效。";

/// A contract that was signed.
#[derive(Debug)]
pub struct Agreed {
    id: i64,
    code: String,
    author: String,
    organisation: i64,
    order: i64,
    signed_on: String,
    signed_ms: i64,
}

/// Those that came of a lead and were not given up.
fn has_contract(order: &Order) -> bool {
    order.lead.is_some() && matches!(order.state, OrderState::Confirmed | OrderState::Shipped | OrderState::Completed)
}

impl Writing<'_> {
    /// The contracts of orders that came of leads.
    pub async fn contracts(&self, orders: &[i64], told: &mut Told) -> Result<Vec<Agreed>, Failure> {
        let mut id = next(self.tx, "contract").await?;
        let (mut agreed, mut rows, mut lines, mut parts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (order_id, order) in orders.iter().zip(&self.trade.orders).filter(|(_, order)| has_contract(order)) {
            let visitor = at(&self.trade.customers, order.customer)?;
            let (place, customer) = (*at(&self.places.organisations, visitor.organisation)?, *at(&self.places.customers, order.customer)?);
            let (owner, author) = (*at(&self.places.people, visitor.owner)?, at(&self.trade.people, visitor.owner)?.login.clone());
            let (code, signed_on) = (format!("HT{id:06}"), self.now.day(order.ordered_ms));
            let is_done = order.state == OrderState::Completed;
            let row: Vec<Value> = vec![
                id.into(),
                code.as_str().into(),
                place.into(),
                owner.into(),
                customer.into(),
                order.lead.map(|lead| at(&self.places.leads, lead).copied()).transpose()?.into(),
                (if is_done { "done" } else { "signed" }).into(),
                TERMS.into(),
                order.amount_fen().into(),
                "".into(),
                "".into(),
                "".into(),
                signed_on.as_str().into(),
                author.as_str().into(),
                order.ordered_ms.into(),
                1_i64.into(),
            ];
            rows.push(row);
            for (line, n) in order.lines.iter().zip(0_i64..) {
                lines.push(self.line("contract", id, line, n)?);
            }
            let deposit = order.payments.first().map_or(0, |paid| paid.amount_fen);
            let promised = self.now.day(order.ordered_ms + order.promised_days * DAY_MS);
            let agreed_parts = [("定金", deposit, signed_on.clone()), ("尾款", order.amount_fen() - deposit, promised)];
            for ((name, fen, due), n) in agreed_parts.into_iter().filter(|(_, fen, _)| *fen > 0).zip(0_i64..) {
                parts.push(vec![id.into(), n.into(), name.into(), fen.into(), due.into()]);
            }
            for did in ["create", "sign"] {
                let mention = json!({"contract": id, "code": code, "did": did});
                told.add(order.ordered_ms, &author, ("customer", customer, "contract"), mention, place);
            }
            told.add(order.ordered_ms, &author, ("contract", id, "create"), json!({"code": code, "amount_fen": order.amount_fen()}), place);
            agreed.push(Agreed { id, code, author, organisation: place, order: *order_id, signed_on, signed_ms: order.ordered_ms });
            id += 1;
        }
        let columns = [
            "id",
            "code",
            "organisation_id",
            "owner_id",
            "customer_id",
            "opportunity_id",
            "state",
            "terms",
            "amount_fen",
            "approval",
            "approval_note",
            "reason",
            "signed_on",
            "created_by",
            "created_ms",
            "version",
        ];
        insert_many(self.tx, "contract", &columns, rows).await?;
        insert_many(self.tx, "sales_line", &Self::LINE, lines).await?;
        insert_many(self.tx, "contract_instalment", &["contract_id", "n", "name", "amount_fen", "due_on"], parts).await?;
        // A lead becomes one order.
        Sql::new(
            "UPDATE sales_order SET contract_id = (SELECT c.id FROM contract c WHERE c.opportunity_id = sales_order.opportunity_id) \
             WHERE state IN ('confirmed', 'shipped', 'completed') AND opportunity_id IN (SELECT opportunity_id FROM contract)",
        )
        .run(self.tx)
        .await?;
        Ok(agreed)
    }
}

/// One page that says whose scan it stands for.
fn scan(code: &str) -> Vec<u8> {
    let said = format!("BT /F1 20 Tf 72 720 Td (Contract {code}) Tj 0 -32 Td (Sample data: scan of the signed copy) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{said}\nendstream", said.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let (mut pdf, mut places) = ("%PDF-1.4\n".to_owned(), Vec::new());
    for (object, n) in objects.iter().zip(1..) {
        places.push(format!("{:010} 00000 n \n", pdf.len()));
        pdf += &format!("{n} 0 obj\n{object}\nendobj\n");
    }
    let begins = pdf.len();
    pdf += &format!("xref\n0 {}\n0000000000 65535 f \n{}", places.len() + 1, places.concat());
    pdf += &format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{begins}\n%%EOF\n", places.len() + 1);
    pdf.into_bytes()
}

/// Rooms as lines on white: a final design as far as sample data has one.
fn design(n: i64) -> Result<Vec<u8>, Failure> {
    let mut plan = RgbImage::from_pixel(480, 360, Rgb([255; 3]));
    let across = 120 + u32::try_from(n.rem_euclid(9)).unwrap_or(0) * 26;
    for (from, to) in [((20, 20), (460, 26)), ((20, 334), (460, 340)), ((20, 20), (26, 340)), ((454, 20), (460, 340))].into_iter().chain([
        ((across, 20), (across + 4, 230)),
        ((across, 160), (360, 164)),
        ((20, 230), (across, 234)),
    ]) {
        for (x, y) in (from.0..to.0).flat_map(|x| (from.1..to.1).map(move |y| (x, y))) {
            plan.put_pixel(x, y, Rgb([40, 60, 64]));
        }
    }
    let mut png = std::io::Cursor::new(Vec::new());
    plan.write_to(&mut png, ImageFormat::Png)?;
    Ok(png.into_inner())
}

/// Hangs scan and final design on contracts and keeps what was signed, as signing does.
pub async fn papers(db: &Db, files: &Files, agreed: &[Agreed]) -> Result<(), Failure> {
    for of in agreed {
        for (kind, media, name, bytes) in [
            ("contract_scan", Kind::Pdf, format!("{}-扫描件.pdf", of.code), scan(&of.code)),
            ("final_design", Kind::Png, format!("{}-终稿设计图.png", of.code), design(of.id)?),
        ] {
            let draft = files.draft()?;
            std::fs::write(&draft, &bytes)?;
            let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
            let arrived = Arrived { path: draft, thumbnail: None, name, kind: media, bytes: u64::try_from(bytes.len())?, digest };
            let new = NewFile { entity: "contract", record: of.id, kind, author: &of.author, expires_ms: None, once: None };
            files::keep(files, arrived, new).await?;
        }
    }
    let (tx, mut told) = (db.begin().await?, Told::default());
    for of in agreed {
        let digest = contracts::seal::keep(&tx, of.id, &of.signed_on).await?;
        let new = json!({"state": "signed", "signed_on": of.signed_on, "order": of.order, "digest": digest});
        told.add(of.signed_ms, &of.author, ("contract", of.id, "sign"), new, of.organisation);
    }
    told.write(&tx).await?;
    tx.commit().await?;
    Ok(())
}
