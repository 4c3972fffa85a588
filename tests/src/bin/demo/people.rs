//! Who does what on this day: people of the seeded chain, each with their own login and no more rights than their role has.

use qitao_tests::api::Api;
use qitao_tests::process::HubProcess;
use serde_json::Value;

use crate::telling::{Failure, text};

/// Somebody who has signed in.
pub struct Somebody {
    /// The hub as they may use it.
    pub api: Api,
    /// What they signed in with.
    pub login: String,
    /// Their number.
    pub id: i64,
    /// What they are called.
    pub name: String,
    /// The organisation that they belong to.
    pub place: i64,
}

impl Somebody {
    async fn sign_in(hub: &HubProcess, shown: &Value) -> Result<Self, Failure> {
        let login = text(&shown["login"]);
        let api = Api::login(&hub.url(), &login, &text(&shown["password"])).await?;
        let user = api.get("/session").await?["user"].clone();
        let number = |field: &str| user[field].as_i64().unwrap_or_default();
        Ok(Self { id: number("id"), place: number("organisation"), name: text(&user["name"]), api, login })
    }
}

/// Everybody who takes part.
pub struct Staff {
    /// 总部: the administrator, who keeps option models and channels.
    pub head: Somebody,
    /// 仓库文员: makes the warehouse's tasks.
    pub keeper: Somebody,
    /// 仓库主管: decides on what a count finds.
    pub foreman: Somebody,
    /// 导购.
    pub guide: Somebody,
    /// 店长 of the guide's store.
    pub leader: Somebody,
    /// 调度.
    pub dispatcher: Somebody,
    /// 安装师傅.
    pub installer: Somebody,
    /// 分析: reads the head office's figures.
    pub analyst: Somebody,
    /// Another guide of the store, who has a share: number and name.
    pub colleague: (i64, String),
}

impl Staff {
    /// Signs in those whose passwords the hub showed when it was seeded.
    pub async fn sign_in(hub: &HubProcess) -> Result<Self, Failure> {
        let shown = hub.shown["people"].as_array().map(Vec::as_slice).unwrap_or_default();
        let named = |fits: &dyn Fn(&str) -> bool| shown.iter().find(|one| one["login"].as_str().is_some_and(fits));
        let (guide, store) = shown
            .iter()
            .find_map(|one| one["login"].as_str()?.split_once(".guide").map(|(store, _)| (one, store)))
            .ok_or("the seeded chain has no guide who can sign in")?;
        let leader = format!("{store}.manager");
        let found = (
            named(&|login| login == leader),
            named(&|login| login.ends_with(".dispatcher")),
            named(&|login| login.contains(".installer")),
            named(&|login| login == "analyst"),
        );
        let (Some(leader), Some(dispatcher), Some(installer), Some(analyst)) = found else {
            return Err("the seeded chain lacks somebody for the day".into());
        };
        let to = |of| Somebody::sign_in(hub, of);
        let (head, keeper, foreman) = tokio::try_join!(to(&hub.shown["admin"]), to(&hub.shown["warehouse"]), to(&hub.shown["manager"]))?;
        let (guide, leader, dispatcher, installer, analyst) =
            tokio::try_join!(to(guide), to(leader), to(dispatcher), to(installer), to(analyst))?;
        let people = leader.api.all("/people").await?;
        let of_store = |one: &&Value| one["login"].as_str().is_some_and(|login| login.starts_with(&format!("{store}.guide")));
        let other = people.iter().filter(of_store).find(|one| one["id"] != guide.id).ok_or("the guide has no colleague")?;
        let colleague = (other["id"].as_i64().unwrap_or_default(), text(&other["name"]));
        Ok(Self { head, keeper, foreman, guide, leader, dispatcher, installer, analyst, colleague })
    }
}

/// Waits until somebody has a notice of a kind, and says its title.
pub async fn notice(of: &Somebody, kind: &str) -> Result<String, Failure> {
    let found = || async {
        let page = of.api.get("/notifications?unread=true&limit=50").await.ok()?;
        page["items"].as_array()?.iter().find(|one| one["kind"] == kind).map(|one| text(&one["title"]))
    };
    qitao_tests::shift::until(&format!("{kind} to reach {}", of.login), crate::PATIENCE, || async { found().await.is_some() }).await?;
    Ok(found().await.unwrap_or_default())
}
