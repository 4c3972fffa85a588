//! The tree in memory: who is beneath whom, which site is whose. Small enough for ten thousand organisations, and read again only when
//! something in it changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::{DbErr, FromQueryResult};

use super::rules::{Kind, Module, Switches};
use crate::db::Db;
use crate::platform::sql::Sql;

/// Where the number is kept that grows with every change of the tree.
pub(super) const VERSION: &str = "organisation_tree";

/// An organisation, as far as the tree needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The one above.
    pub parent: Option<i64>,
    /// What it is.
    pub kind: Kind,
    /// Ids from the top down, itself last: "/1/4/".
    pub path: String,
    /// Whether it is in business.
    pub active: bool,
    /// What is switched here itself.
    pub switches: Switches,
}

/// The organisations of the chain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: BTreeMap<i64, Node>,
    below: BTreeMap<i64, Vec<i64>>,
    sites: BTreeMap<i64, i64>,
    site_of: BTreeMap<i64, i64>,
    /// Sites by the paths of their organisations: what is beneath one is a range.
    by_path: Vec<(String, i64)>,
}

#[derive(FromQueryResult)]
struct StoredNode {
    id: i64,
    parent_id: Option<i64>,
    kind: String,
    path: String,
    active: bool,
    switches: String,
}

#[derive(FromQueryResult)]
struct StoredSite {
    id: i64,
    organisation_id: i64,
}

impl Tree {
    /// Adds ` AND …` for an organisation `o` that is this one or beneath it; nothing when none is named.
    #[must_use]
    pub fn filter_below(&self, sql: Sql, below: Option<i64>) -> Sql {
        let Some(below) = below else { return sql };
        let path = self.node(below).map_or("", |node| node.path.as_str());
        sql.text(" AND o.path >= ").bind(path).text(" AND o.path < ").bind(end_of(path))
    }

    /// A tree of nodes, and of sites with their organisations.
    #[must_use]
    pub fn new(nodes: impl IntoIterator<Item = (i64, Node)>, sites: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let nodes: BTreeMap<i64, Node> = nodes.into_iter().collect();
        let sites: BTreeMap<i64, i64> = sites.into_iter().collect();
        let mut below: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for (id, node) in &nodes {
            if let Some(parent) = node.parent {
                below.entry(parent).or_default().push(*id);
            }
        }
        let mut site_of = BTreeMap::new();
        for (site, organisation) in &sites {
            site_of.entry(*organisation).or_insert(*site);
        }
        let mut by_path: Vec<(String, i64)> =
            sites.iter().filter_map(|(site, organisation)| Some((nodes.get(organisation)?.path.clone(), *site))).collect();
        by_path.sort_unstable();
        Self { nodes, below, sites, site_of, by_path }
    }

    /// Reads the tree.
    ///
    /// # Errors
    /// What the database said.
    pub async fn read(db: &impl sea_orm::ConnectionTrait) -> Result<Self, DbErr> {
        let nodes: Vec<StoredNode> = Sql::new("SELECT id, parent_id, kind, path, active, switches FROM organisation").all(db).await?;
        let sites: Vec<StoredSite> = Sql::new("SELECT id, organisation_id FROM site WHERE organisation_id IS NOT NULL").all(db).await?;
        let node = |row: StoredNode| {
            let kind = Kind::of_word(&row.kind)?;
            let switches = serde_json::from_str(&row.switches).unwrap_or_default();
            Some((row.id, Node { parent: row.parent_id, kind, path: row.path, active: row.active, switches }))
        };
        Ok(Self::new(nodes.into_iter().filter_map(node), sites.into_iter().map(|row| (row.id, row.organisation_id))))
    }

    /// All organisations.
    pub fn organisations(&self) -> impl Iterator<Item = i64> {
        self.nodes.keys().copied()
    }

    /// An organisation.
    #[must_use]
    pub fn node(&self, id: i64) -> Option<&Node> {
        self.nodes.get(&id)
    }

    /// The organisations right beneath one.
    pub fn children(&self, id: i64) -> impl Iterator<Item = (i64, &Node)> {
        self.below.get(&id).into_iter().flatten().filter_map(|child| Some((*child, self.nodes.get(child)?)))
    }

    /// Whether an organisation is another one or beneath it.
    #[must_use]
    pub fn is_within(&self, id: i64, above: i64) -> bool {
        match (self.nodes.get(&id), self.nodes.get(&above)) {
            (Some(node), Some(above)) => node.path.starts_with(&above.path),
            _ => false,
        }
    }

    /// The organisations from the top down to one, itself last; nothing when there is none.
    pub fn down_to(&self, id: i64) -> impl Iterator<Item = i64> {
        let path = self.nodes.get(&id).map_or("", |node| node.path.as_str());
        path.split('/').filter_map(|part| part.parse().ok())
    }

    /// The headquarters.
    #[must_use]
    pub fn top(&self) -> Option<i64> {
        self.nodes.iter().find(|(_, node)| node.parent.is_none()).map(|(id, _)| *id)
    }

    /// The organisation that a site belongs to.
    #[must_use]
    pub fn organisation_of(&self, site: i64) -> Option<i64> {
        self.sites.get(&site).copied()
    }

    /// The first site of an organisation.
    #[must_use]
    pub fn site_of(&self, organisation: i64) -> Option<i64> {
        self.site_of.get(&organisation).copied()
    }

    /// The sites at an organisation and beneath it, or at it alone.
    pub fn sites_of(&self, organisation: i64, alone: bool) -> impl ExactSizeIterator<Item = i64> {
        let path = self.nodes.get(&organisation).map_or("", |node| node.path.as_str());
        let end = end_of(path);
        let from = self.by_path.partition_point(|(of, _)| of.as_str() < path);
        let to = self.by_path.partition_point(|(of, _)| if alone { of.as_str() <= path } else { of.as_str() < end.as_str() });
        // An organisation that is not there has no path, and so no sites.
        let some = if path.is_empty() { &[] } else { self.by_path.get(from..to).unwrap_or_default() };
        some.iter().map(|(_, site)| *site)
    }

    /// How many sites there are.
    #[must_use]
    pub fn site_count(&self) -> usize {
        self.sites.len()
    }

    /// Levels from the top down to this one; the headquarters is on level 1.
    #[must_use]
    pub fn depth(&self, id: i64) -> usize {
        self.nodes.get(&id).map_or(0, |node| node.path.split('/').filter(|part| !part.is_empty()).count())
    }

    /// Levels from this one down to the lowest beneath it; 1 when there is nothing beneath.
    #[must_use]
    pub fn height(&self, id: i64) -> usize {
        let own = self.depth(id);
        let path = self.nodes.get(&id).map_or("", |node| node.path.as_str());
        let lowest =
            self.nodes.iter().filter(|(_, node)| !path.is_empty() && node.path.starts_with(path)).map(|(id, _)| self.depth(*id)).max();
        lowest.map_or(1, |lowest| lowest + 1 - own)
    }

    /// Whether a module is on at an organisation: switched off neither there nor anywhere above it.
    #[must_use]
    pub fn enabled(&self, id: i64, module: Module) -> bool {
        !self.switched_off(id).contains(&module)
    }

    /// The modules that are switched off at an organisation: there, or anywhere above it.
    #[must_use]
    pub fn switched_off(&self, id: i64) -> BTreeSet<Module> {
        let mut off = BTreeSet::new();
        let mut at = self.nodes.get(&id);
        while let Some(node) = at {
            off.extend(Module::ALL.into_iter().filter(|module| node.switches.get(module.word()) == Some(&false)));
            // A path has no circle; a parent that is not above by its path would be a broken row, and ends the walk.
            at = node.parent.and_then(|parent| self.nodes.get(&parent)).filter(|above| above.path.len() < node.path.len());
        }
        off
    }
}

/// The end of the range of paths that begin with `path`: '0' comes right behind '/'.
#[must_use]
pub fn end_of(path: &str) -> String {
    format!("{}0", path.strip_suffix('/').unwrap_or(path))
}

/// Keeps the tree as it is now; clones share it.
#[derive(Debug, Clone)]
pub struct Organisations {
    db: Db,
    kept: Arc<RwLock<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    version: Option<String>,
    tree: Arc<Tree>,
}

impl Organisations {
    /// Of a database; reads nothing yet.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, kept: Arc::default() }
    }

    /// The tree as it is now.
    ///
    /// # Errors
    /// What the database said.
    pub async fn tree(&self) -> Result<Arc<Tree>, DbErr> {
        // The number is read before the rows: a change in between makes the rows newer than the number, never older.
        let version = Sql::new("SELECT value FROM setting WHERE key = ").bind(VERSION).word(self.db.read()).await?;
        {
            let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
            if kept.version.is_some() && kept.version == version {
                return Ok(kept.tree.clone());
            }
        }
        let tree = Arc::new(Tree::read(self.db.read()).await?);
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        *kept = Kept { version, tree: tree.clone() };
        Ok(tree)
    }
}
