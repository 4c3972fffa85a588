//! Signing in with an identity provider, as browsers do it and as those who want to be somebody else try it.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::desk::{Desk, PASSWORD, Running, answer};
use crate::provider::Provider;

/// What came back: status, where to, the problem or the body.
struct Seen {
    status: u16,
    to: String,
    body: Value,
}

impl Seen {
    fn rule(&self) -> &str {
        self.body["rule"].as_str().unwrap_or_default()
    }
}

/// A browser that keeps cookies and follows nothing by itself.
struct Browser {
    client: Client,
    base: String,
    cookies: BTreeMap<String, String>,
    /// What changes repeat, once it was asked for.
    csrf: String,
}

impl Browser {
    fn of(hub: &Running) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self { client, base: hub.base.clone(), cookies: BTreeMap::new(), csrf: String::new() }
    }

    async fn ask(&mut self, method: Method, path: &str, body: Option<Value>, accept: &str) -> Seen {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.client.request(method, format!("{}/api/v1{path}", self.base)).header("cookie", cookies.join("; "));
        if !self.csrf.is_empty() {
            request = request.header("x-qitao-csrf", &self.csrf);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.header("accept", accept).send().await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            assert!(rest.contains("HttpOnly; SameSite=Lax"), "{cookie:?}");
            match rest.split(';').next().unwrap() {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let to = answer.headers().get("location").map_or(String::new(), |to| to.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        Seen { status, to, body: serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null) }
    }

    async fn get(&mut self, path: &str) -> Seen {
        self.ask(Method::GET, path, None, "*/*").await
    }

    /// Goes to the provider, signs in there; the path of the way back.
    async fn at_provider(&mut self, provider: &Provider) -> String {
        let begun = self.get("/session/outside/begin?to=/tasks%3Fstate=open").await;
        assert_eq!(begun.status, 302, "{}", begun.body);
        format!("/session/outside/callback?{}", provider.sign_in(&begun.to))
    }

    /// Signs out, with the secret that changes repeat.
    async fn sign_out(&mut self) -> Seen {
        self.csrf = self.get("/session").await.body["csrf"].as_str().unwrap_or_default().to_owned();
        self.ask(Method::DELETE, "/session", None, "*/*").await
    }

    /// The whole way.
    async fn sign_in(&mut self, provider: &Provider) -> Seen {
        let back = self.at_provider(provider).await;
        self.get(&back).await
    }

    fn is_signed_in(&self) -> bool {
        self.cookies.contains_key("qitao_session")
    }

    async fn login(&mut self) -> String {
        self.get("/session").await.body["user"]["login"].as_str().unwrap_or_default().to_owned()
    }
}

async fn both() -> (Provider, Running) {
    both_with(|_| {}).await
}

async fn both_with(change: impl FnOnce(&mut qitao_hub::Config)) -> (Provider, Running) {
    let provider = Provider::start().await;
    let hub = Running::start_with(|config| {
        provider.known_to(config);
        change(config);
    });
    let hub = hub.await;
    (provider, hub)
}

const BOUND: &str = "SELECT COUNT(*) FROM outside_identity";

async fn person(admin: &Desk, login: &str) -> i64 {
    let found = admin.read(&format!("/people?q={login}")).await;
    found["items"].as_array().unwrap().iter().find(|row| row["login"] == login).unwrap()["id"].as_i64().unwrap()
}

#[tokio::test]
async fn somebody_signs_in_at_the_provider_is_bound_once_and_has_a_session_like_any_other() {
    let (provider, hub) = both().await;
    let mut browser = Browser::of(&hub);
    let shown = browser.get("/session/outside").await;
    assert_eq!((shown.status, shown.body), (200, json!({"name": "钉钉", "name_en": "钉钉", "only": false, "code_asked": false})));
    let back = browser.at_provider(&provider).await;
    assert_eq!(hub.number("SELECT COUNT(*) FROM outside_sign_in WHERE LENGTH(digest) = 64").await, 1, "a digest is kept, no secret");
    let came = browser.get(&back).await;
    assert_eq!((came.status, came.to.as_str()), (302, "/tasks?state=open"), "{}", came.body);
    assert_eq!((browser.login().await.as_str(), browser.cookies.len()), ("manager", 1), "the secret is gone from the browser");
    assert_eq!(hub.number("SELECT COUNT(*) FROM outside_sign_in").await, 0);

    // As with a password: the session stands in the list, and a change repeats its secret.
    let own = browser.get("/me/sessions").await.body;
    assert_eq!((own["total"].as_i64(), own["items"][0]["address"].as_str()), (Some(1), Some("127.0.0.1")));
    let change = browser.ask(Method::PATCH, "/me", Some(json!({"name": "x"})), "*/*").await;
    assert_eq!((change.status, change.rule()), (403, "csrf"));

    // The binding holds by the number, whatever names there and here become, and for nobody else who comes under the name.
    assert_eq!(Browser::of(&hub).sign_in(&provider).await.status, 302);
    assert_eq!(hub.number("SELECT COUNT(*) FROM audit WHERE action = 'outside_bind'").await, 1);
    hub.sql("UPDATE hub_user SET login = 'li.lei' WHERE login = 'manager'").await;
    hub.index().await;
    provider.says(json!({"sub": "sub-1", "preferred_username": "warehouse"}));
    let mut again = Browser::of(&hub);
    assert_eq!(again.sign_in(&provider).await.status, 302);
    assert_eq!(again.login().await, "li.lei");
    provider.says(json!({"sub": "sub-2", "preferred_username": "li.lei"}));
    assert_eq!(Browser::of(&hub).sign_in(&provider).await.rule(), "outside_person");
    assert_eq!(provider.asked().0, 1, "keys are kept");

    let admin = hub.sign_in("admin").await;
    let path = format!("/people/{}/outside", person(&admin, "li.lei").await);
    let bound = admin.read(&path).await;
    assert_eq!(bound["items"], json!([{"issuer": provider.issuer, "name": "manager"}]));
    assert_eq!(answer(admin.request(Method::DELETE, &path)).await.0, 204);
    assert_eq!((again.get("/session").await.status, hub.number(BOUND).await), (401, 0));
    assert_eq!(hub.number("SELECT COUNT(*) FROM audit WHERE action = 'outside_unbind' AND author = 'admin'").await, 1);
    hub.stop().await;
}

#[tokio::test]
async fn signing_out_ends_the_session_here_at_once_and_leads_to_the_provider_who_signed_in_there() {
    let (provider, hub) = both().await;
    let mut browser = Browser::of(&hub);
    browser.sign_in(&provider).await;
    let out = browser.sign_out().await;
    assert_eq!(out.status, 200, "{}", out.body);
    let next: reqwest::Url = out.body["outside"].as_str().unwrap().parse().unwrap();
    assert!(next.as_str().starts_with(&format!("{}/logout?kc=1&", provider.issuer)), "{next}");
    let told: BTreeMap<_, _> = next.query_pairs().into_owned().collect();
    assert_eq!((told["client_id"].as_str(), told["post_logout_redirect_uri"].as_str()), ("qitao", "http://hub.test/"));
    assert_eq!(told.len(), 3, "nothing that says who somebody is: {told:?}");
    // Out here, whether the browser goes there or not.
    assert!(!browser.is_signed_in());
    assert_eq!((browser.get("/session").await.status, hub.number("SELECT COUNT(*) FROM hub_session").await), (401, 0));

    // Whoever came with a password has nothing to end there.
    let desk = hub.sign_in("manager").await;
    assert_eq!(answer(desk.request(Method::DELETE, "/session")).await.0, 204);
    hub.stop().await;

    // A provider without such a door or with one that is not safe, and settings that do not want it, keep nobody in.
    for (way_out, stays) in [(None, false), (Some("http://id.example.com/out"), false), (Some("keep"), true)] {
        let (provider, hub) = both_with(|config| config.sign_in.stay_signed_in = stays).await;
        if way_out != Some("keep") {
            provider.lets_out(way_out);
        }
        let mut browser = Browser::of(&hub);
        browser.sign_in(&provider).await;
        assert_eq!((browser.sign_out().await.status, browser.get("/session").await.status), (204, 401), "{way_out:?}");
        hub.stop().await;
    }
}

#[tokio::test]
async fn a_token_that_is_not_for_this_sign_in_opens_nothing() {
    let (provider, hub) = both().await;
    let mut browser = Browser::of(&hub);
    let who = json!({"sub": "sub-1", "preferred_username": "manager"});
    let changed = |change: Value| {
        let mut all = who.clone();
        all.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        all
    };
    for claims in [
        json!({"nonce": "of another sign-in"}),
        json!({"nonce": null}),
        json!({"exp": 1_000_000_000}),
        json!({"aud": "another program"}),
        json!({"aud": ["qitao", "another program"]}),
        json!({"iss": "https://accounts.example.com"}),
        json!({"iss": format!("{}/", provider.issuer)}),
        json!({"sub": null}),
    ] {
        provider.says(changed(claims.clone()));
        let came = browser.sign_in(&provider).await;
        assert_eq!((came.status, came.rule()), (401, "outside_answer"), "{claims}");
    }
    provider.says(who);
    for header in [json!({"alg": "none"}), json!({"alg": "HS256"}), json!({"alg": "RS256"}), json!({"crit": ["exp"]})] {
        provider.heads(header.clone());
        let came = browser.sign_in(&provider).await;
        assert_eq!((came.status, came.rule()), (401, "outside_answer"), "{header}");
    }
    provider.heads(json!({}));
    provider.forges(true);
    assert_eq!(browser.sign_in(&provider).await.rule(), "outside_answer", "signed by somebody else");
    assert!(!browser.is_signed_in());
    assert_eq!((hub.number(BOUND).await, hub.number("SELECT COUNT(*) FROM hub_session").await), (0, 0));
    provider.forges(false);
    assert_eq!(browser.sign_in(&provider).await.status, 302);
    hub.stop().await;
}

#[tokio::test]
async fn an_answer_counts_once_soon_and_in_the_browser_that_asked() {
    let (provider, hub) = both().await;
    let (mut victim, mut attacker) = (Browser::of(&hub), Browser::of(&hub));
    let rule = async |browser: &mut Browser, path: &str| browser.get(path).await.rule().to_owned();

    // Somebody is made to open the way back that an attacker has begun: they would work in the attacker's account.
    let back = attacker.at_provider(&provider).await;
    assert_eq!(rule(&mut victim, &back).await, "outside_begun", "without a secret");
    let own = victim.at_provider(&provider).await;
    assert_eq!(rule(&mut victim, &back).await, "outside_begun", "with another secret");
    // The attacker's code under the victim's own state: the verifier does not fit the code.
    let code = |path: &str| path.split(['?', '&']).find(|part| part.starts_with("code=")).unwrap().to_owned();
    let mixed = own.replace(&code(&own), &code(&back));
    assert_eq!(rule(&mut victim, &mixed).await, "outside_answer");
    assert_eq!(rule(&mut victim, &own).await, "outside_begun", "the state is used up");
    for wrong in ["", "?code=x", "?state=x", "?code=x&state="] {
        assert_eq!(rule(&mut attacker, &format!("/session/outside/callback{wrong}")).await, "outside_begun");
    }
    assert!(!victim.is_signed_in() && !attacker.is_signed_in());

    // What was not his still works for the one who began it, once.
    let back = victim.at_provider(&provider).await;
    let kept = victim.cookies.clone();
    assert_eq!(victim.get(&back).await.status, 302);
    victim.cookies = kept;
    let tokens = provider.asked().1;
    assert_eq!(rule(&mut victim, &back).await, "outside_begun", "replayed");
    assert_eq!(provider.asked().1, tokens, "the provider is not even asked");

    let back = attacker.at_provider(&provider).await;
    hub.sql("UPDATE outside_sign_in SET expires_ms = 1").await;
    assert_eq!(rule(&mut attacker, &back).await, "outside_begun", "too late");
    let back = attacker.at_provider(&provider).await;
    let denied = format!("{}&error=access_denied", back.replace("code=", "x="));
    assert_eq!(rule(&mut attacker, &denied).await, "outside_denied");
    let back = attacker.at_provider(&provider).await;
    assert_eq!(rule(&mut attacker, &format!("{back}&iss=https%3A%2F%2Fevil.example")).await, "outside_answer");
    assert!(!attacker.is_signed_in());
    hub.stop().await;
}

#[tokio::test]
async fn nobody_becomes_somebody_by_a_name_that_is_not_theirs_to_have() {
    let (provider, hub) = both().await;
    let mut browser = Browser::of(&hub);
    let mut rule = async |claims: Value| {
        provider.says(claims);
        browser.sign_in(&provider).await.rule().to_owned()
    };
    let named = |sub: &str, name: &str| json!({"sub": sub, "preferred_username": name});
    assert_eq!(rule(named("s1", "nobody")).await, "outside_person");
    assert_eq!(rule(json!({"sub": "s1"})).await, "outside_person");
    assert_eq!(rule(named("s1", "mana\u{67}er\u{200b}")).await, "outside_person");
    assert_eq!(rule(json!({"sub": "s1", "preferred_username": "x", "email": "manager"})).await, "outside_person", "another claim");
    assert_eq!(rule(named("s1", "admin")).await, "outside_administrator");
    hub.sql("UPDATE role SET rights = '[\"roles\"]' WHERE code = 'store_manager'").await;
    assert_eq!(rule(named("s1", "manager")).await, "outside_administrator", "whoever can make themselves one");
    hub.sql("UPDATE role SET rights = '[]' WHERE code = 'store_manager'; UPDATE hub_user SET disabled = TRUE WHERE login = 'auditor'")
        .await;
    assert_eq!(rule(named("s2", "auditor")).await, "outside_person");
    assert_eq!(hub.number(BOUND).await, 0);

    // Whoever is bound and then disabled stays out, and their identity is not given to the next who has the name.
    assert_eq!(rule(named("s3", "warehouse")).await, "");
    hub.sql("UPDATE hub_user SET disabled = TRUE WHERE login = 'warehouse'").await;
    assert_eq!(rule(named("s3", "warehouse")).await, "outside_person");
    assert_eq!(rule(named("s3", "manager")).await, "outside_person", "a disabled person does not come back as another");
    hub.stop().await;
}

#[tokio::test]
async fn an_address_counts_only_when_it_was_checked_and_administrators_only_when_the_settings_say_so() {
    let (provider, hub) = both_with(|config| {
        config.sign_in.claim = Some("email".into());
        config.sign_in.bind_administrators = true;
    })
    .await;
    hub.sql("UPDATE hub_user SET login = 'admin@example.com' WHERE login = 'admin'").await;
    let mut browser = Browser::of(&hub);
    provider.says(json!({"sub": "s1", "email": "Admin@example.com", "email_verified": false}));
    assert_eq!(browser.sign_in(&provider).await.rule(), "outside_person");
    provider.says(json!({"sub": "s1", "email": "Admin@example.com", "email_verified": true}));
    assert_eq!(browser.sign_in(&provider).await.status, 302);
    assert_eq!(browser.login().await, "admin@example.com");
    assert_eq!(hub.number("SELECT COUNT(*) FROM outside_identity WHERE name IS NULL").await, 1, "no address in clear");
    hub.stop().await;
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_and_refusals_are_pages_for_browsers() {
    let (provider, hub) = both().await;
    let mut browser = Browser::of(&hub);
    for to in ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example", "/.//evil.example", "/api/v1/session"] {
        let begun = browser.get(&format!("/session/outside/begin?to={to}")).await;
        assert_eq!((begun.status, begun.rule(), begun.body["field"].as_str()), (422, "local_path", Some("to")), "{to}");
    }
    let page = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
    let refused = browser.ask(Method::GET, "/session/outside/begin?to=//evil.example", None, page).await;
    assert_eq!((refused.status, refused.to.as_str()), (302, "/?outside=local_path"));
    provider.says(json!({"sub": "s1", "preferred_username": "nobody"}));
    let back = browser.at_provider(&provider).await;
    let refused = browser.ask(Method::GET, &back, None, page).await;
    assert_eq!((refused.status, refused.to.as_str()), (302, "/?outside=outside_person"));
    // One address begins so often and no more.
    let mut last = 0;
    for _ in 0..100 {
        last = browser.get("/session/outside/begin").await.status;
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
    hub.stop().await;
}

#[tokio::test]
async fn new_keys_are_fetched_when_a_token_names_one_and_no_more_often_than_that() {
    let (provider, hub) = both().await;
    let mut browser = Browser::of(&hub);
    assert_eq!(browser.sign_in(&provider).await.status, 302);
    provider.rotate();
    assert_eq!(browser.sign_in(&provider).await.status, 302);
    assert_eq!(provider.asked().0, 2);
    provider.heads(json!({"kid": "made-up"}));
    for _ in 0..3 {
        assert_eq!(browser.sign_in(&provider).await.rule(), "outside_answer");
    }
    assert!(provider.asked().0 < 2 + 3, "nobody makes the hub ask all the time");
    hub.stop().await;
}

#[tokio::test]
async fn a_provider_that_is_away_is_said_to_be_and_passwords_still_work() {
    let (provider, hub) = both().await;
    let mut browser = Browser::of(&hub);
    let back = browser.at_provider(&provider).await;
    provider.away(true);
    let came = browser.get(&back).await;
    assert_eq!((came.status, came.rule()), (503, "outside_away"));
    assert!(came.body["detail"].as_str().unwrap().contains("密码"), "{}", came.body);
    hub.stop().await;

    let (provider, hub) = both().await;
    provider.away(true);
    let begun = Browser::of(&hub).get("/session/outside/begin").await;
    assert_eq!((begun.status, begun.rule()), (503, "outside_away"));
    assert_eq!(hub.sign_in("manager").await.read("/session").await["user"]["login"], "manager");
    hub.stop().await;

    let hub = Running::start().await;
    let mut browser = Browser::of(&hub);
    for path in ["", "/begin", "/callback?code=x&state=y"] {
        let seen = browser.get(&format!("/session/outside{path}")).await;
        assert_eq!((seen.status, seen.rule()), (404, "outside_sign_in_on"));
    }
    let finish = browser.ask(Method::POST, "/session/outside", Some(json!({"code": "1"})), "*/*").await;
    assert_eq!((finish.status, finish.rule()), (404, "outside_sign_in_on"));
    hub.stop().await;
}

#[tokio::test]
async fn passwords_can_be_kept_for_administrators_alone() {
    let (provider, hub) = both_with(|config| config.sign_in.only = true).await;
    let sign_in = async |login: &str, password: &str| {
        let url = format!("{}/api/v1/session", hub.base);
        let (status, body) = answer(Client::new().post(url).json(&json!({"login": login, "password": password}))).await;
        (status, body["rule"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(sign_in("manager", PASSWORD).await, (403, "password_on".to_owned()));
    assert_eq!(sign_in("manager", "wrong").await, (401, "password".to_owned()), "as for everybody");
    assert_eq!(sign_in("admin", "wrong").await, (401, "password".to_owned()));
    assert_eq!(sign_in("admin", PASSWORD).await.0, 200);
    assert_eq!(Browser::of(&hub).sign_in(&provider).await.status, 302);
    hub.stop().await;
}

/// The code that an authenticator app shows now (RFC 6238).
fn code_now(secret: &str) -> String {
    let step = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 30;
    let key = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&key).unwrap();
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 0xf);
    let number = u32::from_be_bytes([digest[at], digest[at + 1], digest[at + 2], digest[at + 3]]) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Sets one-time codes up for somebody; their recovery codes.
async fn codes_for(hub: &Running, login: &str) -> Vec<String> {
    let desk = hub.sign_in(login).await;
    let begun = desk.post("/me/codes", json!({"password": PASSWORD})).await.1;
    let confirmed = desk.post("/me/codes/confirm", json!({"code": code_now(begun["secret"].as_str().unwrap())})).await.1;
    confirmed["recovery"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn one_time_codes_are_asked_for_after_the_provider_and_nothing_is_bound_before() {
    let (provider, hub) = both().await;
    let recovery = codes_for(&hub, "manager").await;
    provider.says(json!({"sub": "sub-1", "preferred_username": "manager", "amr": ["pwd", "otp"]}));
    let mut browser = Browser::of(&hub);
    let came = browser.sign_in(&provider).await;
    assert_eq!((came.status, came.to.as_str(), browser.is_signed_in()), (302, "/tasks?state=open", false));
    assert_eq!(browser.get("/session/outside").await.body["code_asked"], true);
    assert_eq!((browser.get("/session").await.status, hub.number(BOUND).await), (401, 0));
    let give = |code: &str| Some(json!({"code": code}));
    let wrong = browser.ask(Method::POST, "/session/outside", give("000000"), "*/*").await;
    assert_eq!((wrong.status, wrong.rule()), (401, "code"));
    let stranger = Browser::of(&hub).ask(Method::POST, "/session/outside", give(&recovery[0]), "*/*").await;
    assert_eq!(stranger.rule(), "outside_begun", "a code without the browser that came back opens nothing");
    let kept = browser.cookies.clone();
    let right = browser.ask(Method::POST, "/session/outside", give(&recovery[0]), "*/*").await;
    assert_eq!((right.status, right.body["user"]["login"].as_str()), (200, Some("manager")), "{}", right.body);
    assert!(right.body["csrf"].as_str().is_some_and(|csrf| !csrf.is_empty()) && hub.number(BOUND).await == 1);
    browser.cookies = kept;
    let twice = browser.ask(Method::POST, "/session/outside", give(&recovery[1]), "*/*").await;
    assert_eq!(twice.rule(), "outside_begun");

    // Guessing is as hard here as beside a password.
    browser.sign_in(&provider).await;
    for _ in 0..5 {
        assert_eq!(browser.ask(Method::POST, "/session/outside", give("000000"), "*/*").await.rule(), "code");
    }
    assert_eq!(browser.ask(Method::POST, "/session/outside", give(&recovery[2]), "*/*").await.rule(), "login_attempts");
    hub.stop().await;
}

#[tokio::test]
async fn a_second_factor_at_a_provider_that_is_trusted_stands_for_a_code() {
    let (provider, hub) = both_with(|config| config.sign_in.trust_second_factor = true).await;
    codes_for(&hub, "manager").await;
    let who = |amr: Value| json!({"sub": "sub-1", "preferred_username": "manager", "amr": amr});
    let mut browser = Browser::of(&hub);
    provider.says(who(json!(["pwd"])));
    browser.sign_in(&provider).await;
    assert!(!browser.is_signed_in(), "one factor");
    provider.says(who(json!(["pwd", "otp"])));
    browser.sign_in(&provider).await;
    assert_eq!(browser.login().await, "manager");

    // A role that demands codes of somebody without any: satisfied by the provider, but not by a password or one factor.
    hub.sql("UPDATE role SET codes_required = TRUE WHERE code = 'warehouse'").await;
    let clerk = |amr: Value| json!({"sub": "sub-2", "preferred_username": "warehouse", "amr": amr});
    for (amr, missing) in [(json!(["pwd"]), true), (json!(["mfa"]), false)] {
        provider.says(clerk(amr));
        let mut browser = Browser::of(&hub);
        browser.sign_in(&provider).await;
        assert_eq!(browser.get("/session").await.body["codes_missing"], missing);
        assert_eq!(browser.get("/tasks").await.status, if missing { 403 } else { 200 });
    }
    assert_eq!(hub.sign_in("warehouse").await.read("/session").await["codes_missing"], true);
    hub.stop().await;
}
