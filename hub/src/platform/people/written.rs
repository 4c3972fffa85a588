//! Organisations and roles as sheets of people write them: what an export says, an import reads. Somebody reads and writes those alone that
//! they see; another organisation is one that there is not.

use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::store::RoleOfPerson;
use crate::http::problem::Language;
use crate::platform::identity::{Actor, Right, StoredRole};
use crate::platform::import::Fault;
use crate::platform::scope::{self, Entity};
use crate::platform::sql::Sql;

/// What stands between roles, between organisations, and between a role and where it holds.
const BETWEEN_ROLES: &[char] = &[';', '；', '\n', '\r'];
const BETWEEN: &[char] = &[',', '，', '、'];
const AT: &[char] = &['@', '＠'];

#[derive(Debug, Clone, FromQueryResult)]
struct Place {
    id: i64,
    code: String,
    name: String,
    active: bool,
}

/// The organisations that somebody sees, and the roles of the chain.
#[derive(Debug, Clone)]
pub(super) struct Written {
    places: Vec<Place>,
    roles: Vec<StoredRole>,
}

impl Written {
    /// As somebody sees them now.
    pub async fn load(db: &impl ConnectionTrait, actor: &Actor) -> Result<Self, DbErr> {
        let scope = scope::of(actor, Entity::Person);
        let mut places: Vec<Place> = Sql::new("SELECT id, code, name, active FROM organisation ORDER BY path").all(db).await?;
        places.retain(|place| scope.sees_organisation(Some(place.id)));
        let sql = "SELECT id, code, name, name_en, built_in, scope, rights, fields, codes_required, version FROM role ORDER BY id";
        Ok(Self { places, roles: Sql::new(sql).all(db).await? })
    }

    /// An organisation: its code, or its number where the reader does not see it.
    pub fn place(&self, id: i64) -> String {
        self.places.iter().find(|place| place.id == id).map_or_else(|| format!("#{id}"), |place| place.code.clone())
    }

    /// The organisation that a cell of a column names; one that is `held` stays also where it is out of sight or no longer in use.
    ///
    /// # Errors
    /// Why there is none, the same for one that there is not and one that is not seen.
    pub fn place_of(&self, column: &str, text: &str, held: &[i64]) -> Result<i64, Fault> {
        if let Some(id) = held.iter().find(|id| self.place(**id) == text) {
            return Ok(*id);
        }
        let usable = || self.places.iter().filter(|place| place.active);
        // As a drop-down offers them: the code, a blank, the name.
        let offered = text.split_once(char::is_whitespace).map(|(code, name)| (code, name.trim()));
        let by_code = |place: &&Place| place.code == text || offered == Some((place.code.as_str(), place.name.trim()));
        if let Some(place) = usable().find(by_code) {
            return Ok(place.id);
        }
        let mut named = usable().filter(|place| place.name.trim() == text);
        match (named.next(), named.next()) {
            (Some(place), None) => Ok(place.id),
            (Some(_), Some(_)) => {
                let zh = format!("有几个组织都叫“{text}”，请写编码。");
                let en = format!("Several organisations are called {text}; write the code.");
                Err(Fault::new(column, "organisation_once", zh, en))
            }
            (None, _) => {
                let zh = format!("您的范围内没有编码或名称为“{text}”的在用组织。");
                let en = format!("Within your reach there is no active organisation with the code or name {text}.");
                Err(Fault::new(column, "organisation_exists", zh, en))
            }
        }
    }

    fn role(&self, text: &str) -> Option<&StoredRole> {
        let by_code = self.roles.iter().find(|role| role.code == text);
        by_code.or_else(|| {
            let text = text.to_lowercase();
            let mut named = self.roles.iter().filter(|role| [&role.name, &role.name_en].iter().any(|name| name.to_lowercase() == text));
            named.next().filter(|_| named.next().is_none())
        })
    }

    /// What a role is called: its name, where that is read again as this role; else its code.
    fn role_name<'a>(&self, role: &'a StoredRole, language: Language) -> &'a str {
        let name = if language == Language::Chinese || role.name_en.is_empty() { &role.name } else { &role.name_en };
        let plain = name.trim() == name && !name.contains([BETWEEN_ROLES, BETWEEN, AT].concat().as_slice());
        let is_read_again = plain && self.role(name).is_some_and(|found| found.id == role.id);
        if is_read_again { name } else { &role.code }
    }

    /// Roles as a cell has them: `店长; 区域经理@EAST,WEST`.
    pub fn roles(&self, roles: &[RoleOfPerson], language: Language) -> String {
        let one = |held: &RoleOfPerson| {
            let role = self.roles.iter().find(|role| role.id == held.role);
            let name = role.map_or_else(|| format!("#{}", held.role), |role| self.role_name(role, language).to_owned());
            let places: Vec<String> = held.organisations.iter().map(|id| self.place(*id)).collect();
            if places.is_empty() { name } else { format!("{name}@{}", places.join(",")) }
        };
        roles.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    /// The roles that a cell names, in the order of their numbers; those that are `held` stay as they are.
    ///
    /// # Errors
    /// The first role or organisation that there is not, or that is named twice.
    pub fn roles_of(&self, text: &str, held: &[RoleOfPerson]) -> Result<Vec<RoleOfPerson>, Fault> {
        let mut roles: Vec<RoleOfPerson> = Vec::new();
        for part in text.split(BETWEEN_ROLES).map(str::trim).filter(|part| !part.is_empty()) {
            let (names, places) = part.split_once(AT).map_or((part, None), |(names, places)| (names, Some(places)));
            let mut names = names.split(BETWEEN).map(str::trim).filter(|name| !name.is_empty()).peekable();
            if names.peek().is_none() {
                return Err(no_role(part));
            }
            while let Some(name) = names.next() {
                let role = self.role(name).ok_or_else(|| no_role(name))?.id;
                let was = held.iter().find(|of| of.role == role).map_or(&[][..], |of| &of.organisations);
                // Where a role holds is said of the one before the sign.
                let places = places.filter(|_| names.peek().is_none()).unwrap_or_default();
                let mut organisations = Vec::new();
                for place in places.split(BETWEEN).map(str::trim).filter(|place| !place.is_empty()) {
                    let id = self.place_of("roles", place, was)?;
                    if organisations.contains(&id) {
                        return Err(twice_in_cell(place));
                    }
                    organisations.push(id);
                }
                if roles.iter().any(|of| of.role == role) {
                    return Err(twice_in_cell(name));
                }
                if organisations.len() == was.len() && was.iter().all(|id| organisations.contains(id)) {
                    organisations = was.to_vec();
                }
                roles.push(RoleOfPerson { role, organisations });
            }
        }
        roles.sort_by_key(|of| of.role);
        Ok(roles)
    }

    /// What drop-downs offer: organisations where somebody may make people, and roles of which they have every right themselves.
    pub fn offers(&self, actor: &Actor, language: Language) -> (Vec<String>, Vec<String>) {
        let may = |place: &&Place| [Right::People, Right::Import].iter().all(|right| actor.may_at(*right, Some(place.id)).is_ok());
        let places = self.places.iter().filter(|place| place.active).filter(may);
        let roles = self.roles.iter().filter(|role| role.rights().iter().all(|right| actor.has(*right)));
        (
            places.map(|place| format!("{} {}", place.code, place.name)).collect(),
            roles.map(|role| self.role_name(role, language).to_owned()).collect(),
        )
    }
}

fn no_role(text: &str) -> Fault {
    let zh = format!("没有编码或名称为“{text}”的角色。");
    Fault::new("roles", "role_exists", zh, format!("There is no role with the code or name {text}."))
}

fn twice_in_cell(text: &str) -> Fault {
    Fault::new("roles", "once_in_cell", format!("“{text}”在这一格里出现了两次。"), format!("{text} stands twice in this cell."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Written {
        let place = |id, code: &str, name: &str, active| Place { id, code: code.into(), name: name.into(), active };
        let role = |id, code: &str, name: &str, name_en: &str| StoredRole {
            id,
            code: code.into(),
            name: name.into(),
            name_en: name_en.into(),
            built_in: false,
            scope: "own".into(),
            rights: "[]".into(),
            fields: "{}".into(),
            codes_required: false,
            version: 1,
        };
        Written {
            places: vec![
                place(1, "EAST", "华东", true),
                place(2, "XH01", "徐汇店", true),
                place(3, "XH02", "徐汇店", true),
                place(4, "OLD", "旧店", false),
            ],
            roles: vec![
                role(1, "store_manager", "店长/主管", "Store manager"),
                role(2, "region", "区域经理", "Region manager"),
                role(3, "odd", "销售、设计", "Sales, design"),
                role(4, "sales", "导购", ""),
                role(5, "sales2", "导购", ""),
            ],
        }
    }

    fn of(role: i64, organisations: &[i64]) -> RoleOfPerson {
        RoleOfPerson { role, organisations: organisations.to_vec() }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let written = written();
        let roles = [of(1, &[]), of(2, &[1, 3]), of(3, &[]), of(4, &[9]), of(5, &[])];
        assert_eq!(written.roles(&roles, Language::Chinese), "店长/主管; 区域经理@EAST,XH02; odd; sales@#9; sales2");
        for language in [Language::Chinese, Language::English] {
            assert_eq!(written.roles_of(&written.roles(&roles, language), &roles).unwrap(), roles);
        }
        assert_eq!(written.roles_of("区域经理＠XH02、EAST", &roles).unwrap(), [of(2, &[1, 3])], "the order of places says nothing");
        assert_eq!(written.roles_of("store manager、区域经理@EAST", &[]).unwrap(), [of(1, &[]), of(2, &[1])]);
        assert_eq!(written.roles_of("", &roles).unwrap(), []);
    }

    #[test]
    fn what_is_not_seen_is_not_there_and_what_is_meant_twice_is_asked_for() {
        let written = written();
        let rule = |text: &str| written.roles_of(text, &[of(2, &[1])]).unwrap_err().rule;
        assert_eq!((rule("导购"), rule("店长"), rule("@EAST")), ("role_exists".into(), "role_exists".into(), "role_exists".into()));
        assert_eq!((rule("region@MOON"), rule("sales@#9")), ("organisation_exists".into(), "organisation_exists".into()));
        assert_eq!((rule("region; region"), rule("region@EAST,EAST")), ("once_in_cell".into(), "once_in_cell".into()));
        let place = |text: &str, held: &[i64]| written.place_of("organisation", text, held).map_err(|fault| fault.rule);
        assert_eq!((place("XH01", &[]), place("华东", &[]), place("XH02 徐汇店", &[])), (Ok(2), Ok(1), Ok(3)));
        assert_eq!(place("徐汇店", &[]), Err("organisation_once".into()));
        assert_eq!((place("OLD", &[]), place("OLD", &[4])), (Err("organisation_exists".into()), Ok(4)));
        assert_eq!((place("#9", &[]), place("#9", &[9])), (Err("organisation_exists".into()), Ok(9)));
    }
}
