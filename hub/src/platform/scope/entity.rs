//! The kinds of records that a scope is asked for, with the right that shows them and whose they are.

use crate::platform::identity::Right;
use crate::platform::organisation::Module;

/// What a kind of record is a part of: whoever owns the whole, works on it or has a share of it sees its parts.
pub(super) struct PartOf {
    /// The part's column of the whole.
    pub column: &'static str,
    /// What kind the whole is.
    pub whole: Entity,
    /// Its table.
    pub table: &'static str,
    /// Its column of the owner.
    pub owner: &'static str,
}

/// What kind of record somebody wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// Sites.
    Site,
    /// Locations of a site.
    Location,
    /// What lies at locations.
    Stock,
    /// The ledger.
    Movement,
    /// Work, and the scans of it.
    Task,
    /// Cases for people.
    Exception,
    /// People with badges.
    Operator,
    /// The machines at the sites.
    Edge,
    /// Organisations.
    Organisation,
    /// People who sign in; everybody owns themselves.
    Person,
    /// Customers; whoever looks after one owns it.
    Customer,
    /// What customers paid; whoever took it owns it.
    Payment,
    /// Opportunities; whoever looks after one owns it.
    Opportunity,
    /// Service tickets; whoever has one owns it. They are parts of their order and of their customer.
    Ticket,
    /// Price lists; see [`Scope::filter_holding`].
    PriceList,
    /// Orders; whoever sold one owns it.
    Order,
    /// Quotes; whoever makes one owns it.
    Quote,
    /// Contracts; whoever made one owns it.
    Contract,
    /// What somebody sold, in sums; their share is theirs.
    Figure,
    /// Who changed what.
    Audit,
}

impl Entity {
    /// Every kind.
    pub const ALL: [Self; 20] = [
        Self::Site,
        Self::Location,
        Self::Stock,
        Self::Movement,
        Self::Task,
        Self::Exception,
        Self::Operator,
        Self::Edge,
        Self::Organisation,
        Self::Person,
        Self::Customer,
        Self::Payment,
        Self::Opportunity,
        Self::Ticket,
        Self::PriceList,
        Self::Order,
        Self::Quote,
        Self::Contract,
        Self::Figure,
        Self::Audit,
    ];

    /// The right to see records of this kind; none where being signed in is enough.
    #[must_use]
    pub const fn right(self) -> Option<Right> {
        match self {
            Self::Site | Self::Organisation => None,
            Self::Location | Self::Stock | Self::Movement => Some(Right::SeeStock),
            Self::Task | Self::Exception | Self::Operator => Some(Right::SeeWork),
            Self::Edge => Some(Right::SeeEdges),
            Self::Person => Some(Right::SeePeople),
            Self::Customer => Some(Right::SeeCustomers),
            Self::Payment => Some(Right::SeePayments),
            Self::Opportunity => Some(Right::SeeOpportunities),
            Self::Ticket => Some(Right::SeeTickets),
            Self::PriceList => Some(Right::SeePrices),
            Self::Order | Self::Quote | Self::Contract => Some(Right::SeeSales),
            Self::Figure => Some(Right::SeeFigures),
            Self::Audit => Some(Right::SeeAudit),
        }
    }

    /// Whether a record has an owner. Of those a role for the own records shows no others.
    #[must_use]
    pub const fn is_owned(self) -> bool {
        matches!(
            self,
            Self::Person
                | Self::Customer
                | Self::Opportunity
                | Self::Payment
                | Self::Ticket
                | Self::Order
                | Self::Quote
                | Self::Contract
                | Self::Figure
        )
    }

    /// The module that it is a part of, where that can be switched off.
    #[must_use]
    pub const fn module(self) -> Option<Module> {
        match self {
            Self::Location | Self::Stock | Self::Movement | Self::Task | Self::Exception | Self::Operator => Some(Module::Warehouse),
            Self::Edge => Some(Module::Edges),
            Self::Customer | Self::Opportunity => Some(Module::Crm),
            Self::Payment | Self::Order | Self::Quote | Self::Contract | Self::Figure => Some(Module::Sales),
            Self::Ticket => Some(Module::Service),
            Self::Site | Self::Organisation | Self::Person | Self::PriceList | Self::Audit => None,
        }
    }

    /// The table in which people have shares of such records, and its column of the record. Who has one sees the record; changing it is the
    /// business of those who own it or work on it.
    pub(super) const fn shares(self) -> Option<(&'static str, &'static str)> {
        if matches!(self, Self::Order) { Some(("order_split", "order_id")) } else { None }
    }

    /// What such records are parts of. Reading them comes with the whole; changing them is the business of those who own them or work on them.
    pub(super) const fn part_of(self) -> &'static [PartOf] {
        match self {
            Self::Ticket => &[
                PartOf { column: "order_id", whole: Self::Order, table: "sales_order", owner: "owner_id" },
                PartOf { column: "customer_id", whole: Self::Customer, table: "customer", owner: "owner_id" },
            ],
            _ => &[],
        }
    }

    /// Its word, as in `collaborator.entity` and in field rights.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Location => "location",
            Self::Stock => "stock",
            Self::Movement => "movement",
            Self::Task => "task",
            Self::Exception => "exception",
            Self::Operator => "operator",
            Self::Edge => "edge",
            Self::Organisation => "organisation",
            Self::Person => "person",
            Self::Customer => "customer",
            Self::Payment => "payment",
            Self::Opportunity => "opportunity",
            Self::Ticket => "ticket",
            Self::PriceList => "price_list",
            Self::Order => "order",
            Self::Quote => "quote",
            Self::Contract => "contract",
            Self::Figure => "figure",
            Self::Audit => "audit",
        }
    }
}
