//! What pages show of quotes, and what they send.

use qitao_domain::quantity::{Money, Quantity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::sales::lines::model::{LineRow, NewLine};

/// A quote in the list, with what its current version says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuoteRow {
    /// Number.
    pub id: i64,
    /// The number that people say: `Q000123`.
    pub code: String,
    /// `open` or `accepted`.
    pub state: String,
    /// The customer.
    pub customer: i64,
    /// Their name.
    pub customer_name: String,
    /// The organisation that offers it.
    pub organisation: i64,
    /// Its name.
    pub organisation_name: String,
    /// Whose quote it is; nobody's when `null`.
    pub owner: Option<i64>,
    /// Their name.
    pub owner_name: Option<String>,
    /// The opportunity that it belongs to.
    pub opportunity: Option<i64>,
    /// The number of the version that holds.
    pub current: i64,
    /// The last day on which it holds, as `2026-11-23`.
    pub valid_until: String,
    /// That day has passed.
    pub expired: bool,
    /// What it comes to.
    #[schema(value_type = String)]
    pub amount: Money,
    /// The order that came of it; one that was cancelled when there is no other.
    pub order: Option<i64>,
    /// The number of that order that people say.
    pub order_code: Option<String>,
    /// The contract that this order came of, unless it was cancelled: no other one is signed.
    pub contract: Option<i64>,
    /// When it was made.
    pub created_ms: i64,
    /// By whom: a login.
    pub created_by: String,
    /// Grows with every change; send it back as If-Match.
    pub version: i64,
}

/// A quote with one of its versions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuoteDetail {
    /// As in the list.
    #[serde(flatten)]
    pub quote: QuoteRow,
    /// The version that is shown.
    pub shown: VersionRow,
    /// What is said beside the lines.
    pub note: String,
    /// Its lines.
    pub lines: Vec<LineRow>,
    /// Its discount is beyond the price list: the order that comes of it has to be approved.
    pub needs_approval: bool,
    /// All versions, the newest first.
    pub versions: Vec<VersionRow>,
}

/// A version of a quote.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = QuoteVersion)]
pub struct VersionRow {
    /// Its number.
    pub number: i64,
    /// What it comes to.
    #[schema(value_type = String)]
    pub amount: Money,
    /// The last day on which it holds.
    pub valid_until: String,
    /// When it was made.
    pub created_ms: i64,
    /// By whom: a login.
    pub created_by: String,
}

/// A quote to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewQuote {
    /// The customer.
    pub customer: i64,
    /// The organisation that offers; the reader's own, or else the customer's, when left away.
    pub organisation: Option<i64>,
    /// The opportunity that it belongs to.
    pub opportunity: Option<i64>,
    /// Its first version.
    #[serde(flatten)]
    pub version: NewVersion,
}

/// What a version says.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewQuoteVersion)]
pub struct NewVersion {
    /// The last day on which it holds, as `2026-11-23`; 30 days from today when left away.
    pub valid_until: Option<String>,
    /// What is said beside the lines, up to 2,000 characters; the customer reads it.
    #[serde(default)]
    pub note: String,
    /// Its lines, 1 to 200.
    pub lines: Vec<NewLine>,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// It is as it was.
    Same,
    /// Quantity, price, discount or specification are others.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// A line of two versions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Compared {
    /// What became of it.
    pub difference: Difference,
    /// In the older version.
    pub was: Option<LineRow>,
    /// In the newer one.
    pub now: Option<LineRow>,
}

/// Two versions side by side.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Comparison {
    /// The older version.
    pub was: VersionRow,
    /// The newer one.
    pub now: VersionRow,
    /// Their lines.
    pub lines: Vec<Compared>,
}

/// For how long a link is to live.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareQuote {
    /// Days, 1 to 90.
    #[schema(minimum = 1, maximum = 90)]
    pub days: i64,
}

/// A link to the current version of a quote. It is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedLink {
    /// The path of the page, with what opens it behind the `#`.
    #[schema(example = "/quote#3q2-7w")]
    pub link: String,
    /// When it ends.
    pub expires_ms: i64,
}

/// What somebody with a link opens.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenQuote {
    /// What stands behind the `#` of the link.
    #[schema(value_type = String)]
    pub token: Zeroizing<String>,
}

/// A quote as its customer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedQuote {
    /// The number that people say.
    pub code: String,
    /// The version.
    pub number: i64,
    /// The first letter of the customer's name.
    pub customer: String,
    /// Who offers it.
    pub organisation: String,
    /// The last day on which it holds.
    pub valid_until: String,
    /// What is said beside the lines.
    pub note: String,
    /// What it comes to.
    #[schema(value_type = String)]
    pub amount: Money,
    /// Its lines.
    pub lines: Vec<OpenedLine>,
}

/// A line of a quote as its customer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedLine {
    /// What.
    pub name: String,
    /// Its English name, or empty.
    pub name_en: String,
    /// Specification in words.
    pub spec: String,
    /// How many.
    #[schema(value_type = String)]
    pub quantity: Quantity,
    /// In which unit.
    pub unit: String,
    /// Price of one before the discount.
    #[schema(value_type = String)]
    pub price: Money,
    /// Discount in basis points.
    pub discount: i64,
    /// What the line comes to.
    #[schema(value_type = String)]
    pub amount: Money,
}

/// The order that came of a quote.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedQuote {
    /// Its number.
    pub order: i64,
}
