//! Whose files are seen by whom: whoever sees the record sees its files, and whoever may work on it may add and remove some.

use sea_orm::{ConnectionTrait, DbErr};

use super::{FileError, FileRow, Files, Stored};
use crate::http::problem::{Problem, Who};
use crate::platform::identity::{Actor, Right, Sight};
use crate::platform::scope::{self, Entity, Owned, Scope};
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::sales::{contracts, orders};
use crate::service::tickets;

/// Kinds of records that files can be attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// An item: one for the chain, seen by everybody.
    Item,
    /// A task of a site.
    Task,
    /// A case of a site.
    Case,
    /// A customer.
    Customer,
    /// An opportunity.
    Opportunity,
    /// A service ticket.
    Ticket,
    /// A contract.
    Contract,
    /// An order.
    Order,
}

impl Owner {
    /// Its word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Task => "task",
            Self::Case => "exception",
            Self::Customer => "customer",
            Self::Opportunity => "opportunity",
            Self::Ticket => "ticket",
            Self::Contract => "contract",
            Self::Order => "order",
        }
    }

    /// The kind of a word; nothing for what has no files of its own.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        let all = [Self::Item, Self::Task, Self::Case, Self::Customer, Self::Opportunity, Self::Ticket, Self::Contract, Self::Order];
        all.into_iter().find(|owner| owner.word() == word)
    }

    /// Goes on when the reader may see the record.
    ///
    /// # Errors
    /// 403 without the right, 404 out of scope.
    pub async fn seen(self, files: &Files, session: &Session, record: i64) -> Result<(), Problem> {
        self.check(files, &session.actor, record, None).await
    }

    /// Goes on when somebody, who need not be asking, may see the record itself: what was made of a ticket shows its files, and no more of it.
    ///
    /// # Errors
    /// As [`Self::seen`].
    pub async fn seen_itself(self, files: &Files, actor: &Actor, record: i64) -> Result<(), Problem> {
        if self != Self::Ticket {
            return self.check(files, actor, record, None).await;
        }
        let scope = scope::asked(actor, Entity::Ticket)?;
        if is_ticket_in(files.db.read(), &scope, record).await? { Ok(()) } else { Err(Problem::not_found()) }
    }

    /// What somebody may do with fields of a record that they see: with their own what their roles say anywhere.
    ///
    /// # Errors
    /// What the database said.
    pub async fn sight<'a>(self, db: &impl ConnectionTrait, actor: &'a Actor, record: i64) -> Result<Sight<'a>, DbErr> {
        let (table, owner) = match self {
            Self::Item => return Ok(actor.anywhere()),
            Self::Task | Self::Case => {
                let table = if self == Self::Task { "task" } else { "exception" };
                let sql = format!("SELECT s.organisation_id FROM {table} r JOIN site s ON s.id = r.site_id WHERE r.id = ");
                return Ok(actor.at(Some(Sql::new(sql).bind(record).number(db).await?)));
            }
            Self::Customer => ("customer", "owner_id"),
            Self::Opportunity => ("opportunity", "owner_id"),
            Self::Contract => ("contract", "owner_id"),
            Self::Order => ("sales_order", "owner_id"),
            Self::Ticket => ("ticket", "installer_id"),
        };
        let own = Sql::new(format!("SELECT COUNT(*) FROM {table} r WHERE r.id = ")).bind(record).text(&format!(" AND (r.{owner} = "));
        let own = own.bind(actor.id).text(" OR EXISTS (SELECT 1 FROM collaborator k WHERE k.record_id = r.id AND k.entity = ");
        if own.bind(self.word()).text(" AND k.person_id = ").bind(actor.id).text("))").number(db).await? > 0 {
            return Ok(actor.anywhere());
        }
        let place = Sql::new(format!("SELECT organisation_id FROM {table} WHERE id = ")).bind(record).number(db).await?;
        Ok(actor.at(Some(place)))
    }

    /// Goes on when the reader may work on the record.
    ///
    /// # Errors
    /// 403 without the rights, 404 out of scope.
    pub async fn worked_on(self, files: &Files, session: &Session, record: i64) -> Result<(), Problem> {
        let right = match self {
            Self::Item => Right::Import,
            Self::Task => Right::Tasks,
            Self::Case => Right::Cases,
            Self::Customer => Right::Customers,
            Self::Opportunity => Right::Opportunities,
            Self::Ticket => Right::Tickets,
            Self::Contract | Self::Order => Right::Sales,
        };
        self.check(files, &session.actor, record, Some(right)).await
    }

    /// The ticket that a ticket was made of.
    ///
    /// # Errors
    /// What the database said.
    pub async fn origin_of_ticket(files: &Files, ticket: i64) -> Result<Option<i64>, DbErr> {
        let from = Sql::new("SELECT COALESCE(from_id, 0) FROM ticket WHERE id = ").bind(ticket).number(files.db.read()).await?;
        Ok(Some(from).filter(|from| *from > 0))
    }

    /// A ticket's files are seen with it and with what was made of it; whoever leads it or has it adds some.
    async fn check_ticket(self, files: &Files, actor: &Actor, ticket: i64, right: Option<Right>) -> Result<(), Problem> {
        let db = files.db.read();
        let scope = scope::asked(actor, Entity::Ticket)?;
        let those = Sql::new("SELECT COUNT(*) FROM ticket c WHERE (c.id = ").bind(ticket).text(" OR c.from_id = ").bind(ticket).text(")");
        if scope.filter_owned(those, tickets::OWNED).number(db).await? == 0 {
            return Err(Problem::not_found());
        }
        let Some(right) = right else { return Ok(()) };
        for right in [right, Right::Visits].into_iter().filter(|right| actor.has(*right)) {
            if is_ticket_in(db, &scope::with(actor, Entity::Ticket, Some(right)), ticket).await? {
                return Ok(());
            }
        }
        Err(Problem::forbidden(right.who()))
    }

    /// Goes on when a file may be taken from its record: what was signed with stays.
    ///
    /// # Errors
    /// A 409 problem.
    pub async fn may_lose(self, tx: &impl ConnectionTrait, file: &Stored) -> Result<(), Problem> {
        let stays = match self {
            Self::Contract => contracts::keeps(tx, file).await?,
            Self::Order => orders::keeps(tx, file).await?,
            _ => false,
        };
        if !stays {
            return Ok(());
        }
        let (zh, en) = ("签订所凭的文件要留着；可以再上传一份新的。", "What was signed with stays; another file can be attached.");
        Err(Problem::conflict("signed_files_stay", zh, en).field("file").who(Who::Reader))
    }

    async fn check(self, files: &Files, actor: &Actor, record: i64, right: Option<Right>) -> Result<(), Problem> {
        let db = files.db.read();
        let (entity, table) = match self {
            Self::Item => {
                let there = Sql::new("SELECT COUNT(*) FROM item WHERE NOT deleted AND id = ").bind(record).number(db).await?;
                if there == 0 {
                    return Err(Problem::not_found());
                }
                return right.map_or(Ok(()), |right| actor.may_at(right, None));
            }
            Self::Task => (Entity::Task, "task"),
            Self::Case => (Entity::Exception, "exception"),
            Self::Customer => (Entity::Customer, "customer"),
            Self::Opportunity => (Entity::Opportunity, "opportunity"),
            Self::Contract => (Entity::Contract, "contract"),
            Self::Order => (Entity::Order, "sales_order"),
            Self::Ticket => return self.check_ticket(files, actor, record, right).await,
        };
        let scope = scope::asked(actor, entity)?;
        let owned = Owned { entity, table, id: "r.id", organisation: "organisation_id", owner: "owner_id" };
        let there = |scope: &Scope| {
            let sql = Sql::new(format!("SELECT COUNT(*) FROM {table} r WHERE r.id = ")).bind(record);
            if entity.is_owned() { scope.filter_owned(sql, owned) } else { scope.filter(sql, "r.site_id") }
        };
        if there(&scope).number(db).await? == 0 {
            return Err(Problem::not_found());
        }
        let Some(right) = right else { return Ok(()) };
        actor.may(right)?;
        let reach = scope::with(actor, entity, Some(right));
        if there(&reach).number(db).await? == 0 { Err(Problem::forbidden(right.who())) } else { Ok(()) }
    }
}

async fn is_ticket_in(db: &impl ConnectionTrait, scope: &Scope, ticket: i64) -> Result<bool, DbErr> {
    let it = Sql::new("SELECT COUNT(*) FROM ticket c WHERE c.id = ").bind(ticket);
    Ok(scope.filter_owned(it, tickets::OWNED).number(db).await? > 0)
}

/// A file that the reader may see.
///
/// # Errors
/// 404 otherwise.
pub async fn visible(files: &Files, session: &Session, id: i64) -> Result<(Stored, Owner), Problem> {
    let file = super::stored(files.db.read(), id).await?.ok_or_else(Problem::not_found)?;
    let owner = Owner::of_word(&file.entity).ok_or_else(Problem::not_found)?;
    owner.seen(files, session, file.record_id).await?;
    Ok((file, owner))
}

/// The files of a record.
///
/// # Errors
/// What the database said.
pub async fn files_of(files: &Files, owner: Owner, record: i64) -> Result<Vec<FileRow>, DbErr> {
    super::list_of(files.db.read(), owner.word(), record).await
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        use axum::http::StatusCode;
        let en = error.to_string();
        match error {
            FileError::TooLarge { limit } => {
                let zh = format!("文件太大，最多 {} MB。", limit / (1024 * 1024));
                Self::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "file_size",
                    zh,
                    format!("The file is too large; at most {} MB.", limit / (1024 * 1024)),
                )
                .field("file")
                .who(Who::Reader)
            }
            FileError::Kind(why) => {
                let (zh, en) = match why {
                    "macros" => ("不接受带宏的文件，请另存为不带宏的格式。", "Files with macros are not taken; save it without them."),
                    "packed_too_large" => ("文件解开后太大，请拆成几个文件。", "The file unpacks to too much; split it."),
                    "packed_broken" => ("文件已损坏，请重新保存后再上传。", "The file is damaged; save it again."),
                    "not_here" => ("这里不接受这种类型的文件。", "Files of this type are not taken here."),
                    _ => (
                        "不接受这种类型的文件；可以上传 PNG、JPEG、PDF、xlsx、docx、txt 和 csv。",
                        "Files of this type are not taken; PNG, JPEG, PDF, xlsx, docx, txt and csv are.",
                    ),
                };
                Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "file_type", zh, en).field("file").who(Who::Reader)
            }
            FileError::Picture(_) => Self::invalid("picture", "file", "图片损坏，或者像素太多（每边最多 12000）。", en),
            FileError::Upload(_) => {
                Self::new(StatusCode::BAD_REQUEST, "upload", "上传的内容读不出来，请用 multipart/form-data 重新上传。", en).who(Who::Reader)
            }
            FileError::Nothing => Self::invalid("file_given", "file", "请选择一个文件。", en),
            FileError::Gone => Self::not_found(),
            FileError::Store(_) | FileError::Database(_) => Self::internal(&en),
        }
    }
}
