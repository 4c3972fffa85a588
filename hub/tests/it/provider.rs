//! An identity provider of the test's own: it gives out codes, signs ID tokens with its own key, and says whatever a test wants it to say.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use qitao_hub::Config;
use reqwest::Url;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The provider's secret with the hub, with signs that a header cannot carry as they are.
const SECRET: &str = "ge:heim &%";

/// What somebody asked for at the provider.
#[derive(Clone)]
struct Asked {
    nonce: String,
    challenge: String,
    callback: String,
}

struct Inside {
    issuer: String,
    key: EcdsaKeyPair,
    kid: String,
    asked: BTreeMap<String, Asked>,
    claims: Value,
    header: Value,
    forged: bool,
    away: bool,
    way_out: Option<String>,
    keys_asked: usize,
    tokens_asked: usize,
}

/// A running provider.
#[derive(Clone)]
pub struct Provider {
    inside: Arc<Mutex<Inside>>,
    /// Its issuer.
    pub issuer: String,
}

fn fresh_key() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
}

fn encoded(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

fn merge(of: &mut Value, change: &Value) {
    of.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
}

impl Provider {
    /// Starts one that vouches for 李雷, whose name there is `manager`.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/realms/chain", listener.local_addr().unwrap());
        let inside = Inside {
            issuer: issuer.clone(),
            key: fresh_key(),
            kid: "one".into(),
            asked: BTreeMap::new(),
            claims: json!({"sub": "sub-1", "preferred_username": "Manager"}),
            header: json!({}),
            forged: false,
            away: false,
            way_out: Some(format!("{issuer}/logout?kc=1")),
            keys_asked: 0,
            tokens_asked: 0,
        };
        let provider = Self { inside: Arc::new(Mutex::new(inside)), issuer };
        let routes = Router::new()
            .route("/realms/chain/.well-known/openid-configuration", get(discovery))
            .route("/realms/chain/keys", get(keys))
            .route("/realms/chain/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    /// Settings of a hub that knows it.
    pub fn known_to(&self, config: &mut Config) {
        config.outside.public_url = Some("http://hub.test/".into());
        let sign_in = &mut config.sign_in;
        sign_in.issuer = Some(self.issuer.clone());
        sign_in.client_id = Some("qitao".into());
        sign_in.client_secret = Some(SECRET.into());
        sign_in.name = Some("钉钉".into());
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inside) -> T) -> T {
        change(&mut self.inside.lock().unwrap())
    }

    /// Claims of the next tokens, over the usual ones.
    pub fn says(&self, claims: Value) {
        self.change(|inside| inside.claims = claims);
    }

    /// Header of the next tokens, over the usual one.
    pub fn heads(&self, header: Value) {
        self.change(|inside| inside.header = header);
    }

    /// Signs the next tokens with a key that it never showed, under the name of its own.
    pub fn forges(&self, forged: bool) {
        self.change(|inside| inside.forged = forged);
    }

    /// Answers nothing but failures.
    pub fn away(&self, away: bool) {
        self.change(|inside| inside.away = away);
    }

    /// Where people sign out there; nowhere when `None`. A hub hears of it when it asks again.
    pub fn lets_out(&self, at: Option<&str>) {
        self.change(|inside| inside.way_out = at.map(str::to_owned));
    }

    /// Signs with a new key from now on.
    pub fn rotate(&self) {
        self.change(|inside| (inside.key, inside.kid) = (fresh_key(), format!("{}+", inside.kid)));
    }

    /// How often its keys and tokens were asked for.
    pub fn asked(&self) -> (usize, usize) {
        self.change(|inside| (inside.keys_asked, inside.tokens_asked))
    }

    /// Somebody signs in at the address that the hub sent them to: the query with which they are sent back.
    pub fn sign_in(&self, door: &str) -> String {
        let url: Url = door.parse().unwrap();
        assert!(door.starts_with(&format!("{}/auth?kc=1&", self.issuer)), "{door}");
        let given: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        let fixed = [
            ("response_type", "code"),
            ("client_id", "qitao"),
            ("code_challenge_method", "S256"),
            ("scope", "openid profile email"),
            ("redirect_uri", "http://hub.test/api/v1/session/outside/callback"),
        ];
        for (name, value) in fixed {
            assert_eq!(given[name], value, "{name}");
        }
        let of = |name: &str| given[name].clone();
        let asked = Asked { nonce: of("nonce"), challenge: of("code_challenge"), callback: of("redirect_uri") };
        let code = format!("code-{:x}", rand::random::<u64>());
        self.change(|inside| inside.asked.insert(code.clone(), asked));
        format!("code={code}&state={}&session_state=x", of("state"))
    }
}

type Answer = (StatusCode, Json<Value>);

fn answer(provider: &Provider, said: impl FnOnce(&mut Inside) -> Answer) -> Answer {
    provider.change(|inside| if inside.away { (StatusCode::BAD_GATEWAY, Json(Value::Null)) } else { said(inside) })
}

async fn discovery(State(provider): State<Provider>) -> Answer {
    answer(&provider, |inside| {
        let at = |door: &str| format!("{}/{door}", inside.issuer);
        let mut document = json!({
            "issuer": inside.issuer,
            "authorization_endpoint": at("auth?kc=1"),
            "token_endpoint": at("token"),
            "jwks_uri": at("keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        });
        if let Some(way_out) = &inside.way_out {
            document["end_session_endpoint"] = json!(way_out);
        }
        (StatusCode::OK, Json(document))
    })
}

async fn keys(State(provider): State<Provider>) -> Answer {
    answer(&provider, |inside| {
        inside.keys_asked += 1;
        let point = inside.key.public_key().as_ref();
        let (x, y) = (BASE64URL_NOPAD.encode(&point[1..33]), BASE64URL_NOPAD.encode(&point[33..]));
        let unknown = json!({"kty": "EC", "crv": "P-521", "kid": "odd", "x": "", "y": ""});
        let own = json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": inside.kid, "x": x, "y": y});
        (StatusCode::OK, Json(json!({"keys": [unknown, own]})))
    })
}

async fn token(State(provider): State<Provider>, headers: HeaderMap, Form(form): Form<BTreeMap<String, String>>) -> Answer {
    answer(&provider, |inside| {
        inside.tokens_asked += 1;
        let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error})));
        let basic = format!("Basic {}", BASE64.encode(b"qitao:ge%3Aheim+%26%25"));
        if headers.get("authorization").and_then(|given| given.to_str().ok()) != Some(&basic) {
            return refuse("invalid_client");
        }
        let Some(asked) = inside.asked.remove(&form["code"]) else { return refuse("invalid_grant") };
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(form["code_verifier"].as_bytes()));
        if challenge != asked.challenge || form["redirect_uri"] != asked.callback || form["grant_type"] != "authorization_code" {
            return refuse("invalid_grant");
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut claims = json!({"iss": inside.issuer, "aud": "qitao", "iat": now, "exp": now + 60, "nonce": asked.nonce});
        merge(&mut claims, &inside.claims);
        let mut header = json!({"alg": "ES256", "typ": "JWT", "kid": inside.kid});
        merge(&mut header, &inside.header);
        let message = format!("{}.{}", encoded(&header), encoded(&claims));
        let forged = inside.forged.then(fresh_key);
        let signed = forged.as_ref().unwrap_or(&inside.key).sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        let signature = if header["alg"] == "none" { String::new() } else { BASE64URL_NOPAD.encode(signed.as_ref()) };
        (StatusCode::OK, Json(json!({"token_type": "Bearer", "access_token": "x", "id_token": format!("{message}.{signature}")})))
    })
}
