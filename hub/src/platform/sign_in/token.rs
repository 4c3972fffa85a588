//! ID tokens: signed texts (RFC 7515) that say who somebody is at the provider. Pure: keys and time are handed in.
//!
//! Only signatures by public keys are taken, each algorithm with its own kind of key, so neither `none` nor a public key that is passed off
//! as a shared secret opens anything. Keys come from the provider's set alone; what a token's header says of keys is not looked at.

use aws_lc_rs::signature::{self, EcdsaVerificationAlgorithm, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Map, Value};

/// How far the provider's clock and this one may differ.
const LEEWAY_S: i64 = 60;
/// Longest token that is read.
const LONGEST: usize = 64 * 1024;
/// Longest subject, as the standard has it.
const LONGEST_SUBJECT: usize = 255;

/// What a token says.
pub(super) type Claims = Map<String, Value>;

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenError {
    /// Ask the provider for its keys again: the token names one that is not among those known.
    #[error("it is signed with a key that is not known")]
    UnknownKey,
    /// Do not believe it.
    #[error("{0}")]
    Wrong(&'static str),
}

use TokenError::{UnknownKey, Wrong};

/// How a signature is checked, and with what kind of key.
enum Check {
    Rsa(&'static RsaParameters),
    /// The curve, and how long each coordinate is.
    Ec(&'static EcdsaVerificationAlgorithm, &'static str, usize),
    Ed,
}

impl Check {
    fn of(algorithm: &str) -> Option<Self> {
        Some(match algorithm {
            "RS256" => Self::Rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
            "RS384" => Self::Rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
            "RS512" => Self::Rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
            "PS256" => Self::Rsa(&signature::RSA_PSS_2048_8192_SHA256),
            "PS384" => Self::Rsa(&signature::RSA_PSS_2048_8192_SHA384),
            "PS512" => Self::Rsa(&signature::RSA_PSS_2048_8192_SHA512),
            "ES256" => Self::Ec(&signature::ECDSA_P256_SHA256_FIXED, "P-256", 32),
            "ES384" => Self::Ec(&signature::ECDSA_P384_SHA384_FIXED, "P-384", 48),
            "EdDSA" => Self::Ed,
            _ => return None,
        })
    }

    const fn key_type(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RSA",
            Self::Ec(..) => "EC",
            Self::Ed => "OKP",
        }
    }

    const fn curve(&self) -> Option<&'static str> {
        match self {
            Self::Rsa(_) => None,
            Self::Ec(_, curve, _) => Some(curve),
            Self::Ed => Some("Ed25519"),
        }
    }

    /// Whether the signature fits; not when the key is not whole.
    fn fits(&self, key: &Key, message: &[u8], signature: &[u8]) -> Option<bool> {
        let part = |text: &Option<String>| BASE64URL_NOPAD.decode(text.as_deref()?.trim_end_matches('=').as_bytes()).ok();
        let exactly = |text: &Option<String>, length: usize| part(text).filter(|bytes| bytes.len() == length);
        match self {
            Self::Rsa(parameters) => {
                let (n, e) = (part(&key.n)?, part(&key.e)?);
                let bare = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
                Some(RsaPublicKeyComponents { n: bare(&n), e: bare(&e) }.verify(parameters, message, signature).is_ok())
            }
            Self::Ec(algorithm, _, length) => {
                let point = [vec![4], exactly(&key.x, *length)?, exactly(&key.y, *length)?].concat();
                Some(UnparsedPublicKey::new(*algorithm, point).verify(message, signature).is_ok())
            }
            Self::Ed => {
                let point = exactly(&key.x, signature::ED25519_PUBLIC_KEY_LEN)?;
                Some(UnparsedPublicKey::new(&signature::ED25519, point).verify(message, signature).is_ok())
            }
        }
    }
}

#[derive(Debug, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Key {
    fn is_for(&self, algorithm: &str, check: &Check) -> bool {
        self.kty == check.key_type()
            && (check.curve().is_none() || self.crv.as_deref() == check.curve())
            && self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.alg.as_deref().is_none_or(|named| named == algorithm)
    }
}

/// The provider's public keys.
#[derive(Debug)]
pub(super) struct Keys(Vec<Key>);

impl Keys {
    /// Reads a set of keys (RFC 7517); those of kinds that nobody here knows are left out.
    pub fn read(set: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(set).ok()?;
        Some(Self(set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect()))
    }

    fn find(&self, header: &Header, check: &Check) -> Result<&Key, TokenError> {
        let mut fitting = self.0.iter().filter(|key| key.is_for(&header.alg, check));
        match &header.kid {
            Some(kid) => fitting.find(|key| key.kid.as_ref() == Some(kid)).ok_or(UnknownKey),
            None => match (fitting.next(), fitting.next()) {
                (Some(key), None) => Ok(key),
                (None, _) => Err(UnknownKey),
                _ => Err(Wrong("it does not say which of several keys it is signed with")),
            },
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// The claims of a token that one of these keys has signed.
///
/// # Errors
/// [`TokenError`]; claims of a token that is not signed are never shown.
pub(super) fn open(token: &str, keys: &Keys) -> Result<Claims, TokenError> {
    let parts: Vec<&str> = token.split('.').collect();
    let &[header, claims, signature] = parts.as_slice() else { return Err(Wrong("it does not have three parts")) };
    if token.len() > LONGEST {
        return Err(Wrong("it is too long"));
    }
    let bytes =
        |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| Wrong("a part of it is not written as the standard has it"));
    let read: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| Wrong("its header cannot be read"))?;
    if read.crit.is_some() {
        return Err(Wrong("it demands something that the hub does not know"));
    }
    let check = Check::of(&read.alg).ok_or(Wrong("it is signed in a way that is not taken"))?;
    let key = keys.find(&read, &check)?;
    let message = &token[..header.len() + 1 + claims.len()];
    match check.fits(key, message.as_bytes(), &bytes(signature)?) {
        Some(true) => serde_json::from_slice(&bytes(claims)?).map_err(|_| Wrong("its claims cannot be read")),
        Some(false) => Err(Wrong("the signature is wrong")),
        None => Err(Wrong("the key that it is signed with is not whole")),
    }
}

/// What a token has to say to be for this hub, and for this sign-in.
pub(super) struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now_s: i64,
}

/// Who the claims are about, by the provider's own name for them that never changes.
///
/// # Errors
/// [`TokenError::Wrong`] that says which claim is not as it has to be.
pub(super) fn subject(claims: &Claims, expected: &Expected<'_>) -> Result<String, TokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    #[allow(clippy::cast_precision_loss, reason = "seconds since 1970 are far from where that begins")]
    let (latest, earliest) = ((expected.now_s + LEEWAY_S) as f64, (expected.now_s - LEEWAY_S) as f64);
    if text("iss") != Some(expected.issuer) {
        return Err(Wrong("it is of another issuer than the settings name"));
    }
    let (named, others) = match claims.get("aud") {
        Some(Value::String(one)) => (one == expected.client_id, false),
        Some(Value::Array(many)) => (many.iter().any(|one| one == expected.client_id), many.len() > 1),
        _ => (false, false),
    };
    let party = claims.get("azp").map(|azp| azp == expected.client_id);
    if !named || party == Some(false) || (others && party.is_none()) {
        return Err(Wrong("it is for another program"));
    }
    if time("exp").is_none_or(|exp| exp <= earliest) {
        return Err(Wrong("it is too old"));
    }
    if time("iat").is_none_or(|iat| iat > latest) || (claims.contains_key("nbf") && time("nbf").is_none_or(|nbf| nbf > latest)) {
        return Err(Wrong("it is of the future; compare the clocks"));
    }
    if text("nonce") != Some(expected.nonce) {
        return Err(Wrong("it is of another sign-in"));
    }
    let subject = text("sub").filter(|sub| (1..=LONGEST_SUBJECT).contains(&sub.len()) && !sub.chars().any(char::is_control));
    subject.map(str::to_owned).ok_or(Wrong("it does not say who it is about"))
}

/// The login that a claim stands for: as it is, in small letters. Addresses and numbers count only when the provider has checked them.
///
/// Other letters than plain ones are never made small: some that look different would become the same.
pub(super) fn login(claims: &Claims, claim: &str) -> Option<String> {
    let yes = |value: &Value| value == &Value::Bool(true) || value == "true";
    if matches!(claim, "email" | "phone_number") && !claims.get(&format!("{claim}_verified")).is_some_and(yes) {
        return None;
    }
    let text = claims.get(claim)?.as_str()?.trim();
    text.is_ascii().then(|| text.to_ascii_lowercase())
}

/// Whether the provider says that a second factor was given (RFC 8176).
pub(super) fn second_factor(claims: &Claims) -> bool {
    let methods = claims.get("amr").and_then(Value::as_array);
    methods.is_some_and(|methods| methods.iter().any(|method| ["mfa", "otp", "hwk"].iter().any(|known| method == known)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::json;

    /// Appendix A.2 of RFC 7515: RS256, with a key of 2048 bits.
    const RSA_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    const RSA_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    /// Appendix A.3 of RFC 7515: ES256.
    const EC_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    fn rsa(change: Value) -> Value {
        with(json!({"kty": "RSA", "n": RSA_N, "e": "AQAB"}), change)
    }

    fn ec() -> Value {
        let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    }

    fn with(mut of: Value, change: Value) -> Value {
        of.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        of
    }

    fn keys(keys: Vec<Value>) -> Keys {
        Keys::read(json!({"keys": keys}).to_string().as_bytes()).unwrap()
    }

    fn encoded(value: &Value) -> String {
        BASE64URL_NOPAD.encode(value.to_string().as_bytes())
    }

    fn wrong(what: Result<Claims, TokenError>) -> &'static str {
        match what {
            Err(Wrong(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_examples_of_the_standard_open_with_their_own_keys_only() {
        assert_eq!(open(RSA_TOKEN, &keys(vec![ec(), rsa(json!({}))])).unwrap()["iss"], "joe");
        assert_eq!(open(EC_TOKEN, &keys(vec![rsa(json!({})), ec()])).unwrap()["exp"], 1_300_819_380);
        // Appendix A.4 of RFC 8037: Ed25519, though what it signs are no claims.
        let ed = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert_eq!(wrong(open(text, &keys(vec![ed]))), "its claims cannot be read", "but the signature is right");
        let changed = RSA_TOKEN.replace("cC4hiUPo", "cC4hiUPp");
        assert_eq!(wrong(open(&changed, &keys(vec![rsa(json!({}))]))), "the signature is wrong");
        let other = rsa(json!({"n": RSA_N.replace("ofgW", "ofgX")}));
        assert_eq!(wrong(open(RSA_TOKEN, &keys(vec![other]))), "the signature is wrong");
        assert_eq!(open(RSA_TOKEN, &keys(vec![ec()])), Err(UnknownKey));
    }

    #[test]
    fn a_key_is_good_for_what_it_is_for() {
        for change in [json!({"use": "enc"}), json!({"alg": "RS512"}), json!({"kty": "EC"}), json!({"kid": 7})] {
            assert_eq!(open(RSA_TOKEN, &keys(vec![rsa(change)])), Err(UnknownKey));
        }
        let two = keys(vec![rsa(json!({"kid": "a"})), rsa(json!({"kid": "b"}))]);
        assert!(wrong(open(RSA_TOKEN, &two)).contains("several keys"));
        assert!(wrong(open(EC_TOKEN, &keys(vec![with(ec(), json!({"y": "AAAA"}))]))).contains("not whole"));
        assert!(wrong(open(RSA_TOKEN, &keys(vec![rsa(json!({"n": "AQAB"}))]))).contains("signature"), "a key of three bytes");
        let odd = [json!({"kty": "oct", "k": "AAAA"}), json!({"kty": "EC", "crv": "secp256k1"}), json!("x"), rsa(json!({}))];
        assert!(open(RSA_TOKEN, &keys(odd.to_vec())).is_ok(), "keys of unknown kinds are passed over");
        assert!(Keys::read(b"[]").is_none());
    }

    #[test]
    fn a_token_without_a_signature_or_with_a_shared_secret_is_not_taken() {
        let (keys, claims) = (keys(vec![rsa(json!({"kid": "a"}))]), encoded(&json!({"sub": "1"})));
        let signed = |header: Value, signature: &str| format!("{}.{claims}.{signature}", encoded(&header));
        for algorithm in ["none", "None", "NONE", "", "HS256", "HS512", "RS1", "ES256K", "RSA-OAEP"] {
            let why = wrong(open(&signed(json!({"alg": algorithm, "kid": "a"}), ""), &keys));
            assert_eq!(why, "it is signed in a way that is not taken", "{algorithm}");
        }
        // The public key is known to all: nobody may sign with it as with a secret.
        let mut mac = <hmac::Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(RSA_N.as_bytes()).unwrap();
        let bare = signed(json!({"alg": "HS256", "kid": "a"}), "");
        hmac::Mac::update(&mut mac, bare.trim_end_matches('.').as_bytes());
        let forged = format!("{bare}{}", BASE64URL_NOPAD.encode(&hmac::Mac::finalize(mac).into_bytes()));
        assert_eq!(wrong(open(&forged, &keys)), "it is signed in a way that is not taken");
        assert!(wrong(open(&signed(json!({"alg": "RS256", "kid": "a"}), ""), &keys)).contains("signature"));
        assert!(wrong(open(&signed(json!({"alg": "RS256", "kid": "a", "crit": ["b64"]}), ""), &keys)).contains("demands"));
        for odd in ["", "a.b", "a.b.c.d", "..", "e30=.e30.e30", &format!("e30.{}.e30", "A".repeat(LONGEST))] {
            assert!(matches!(open(odd, &keys), Err(Wrong(_))), "{odd:.20}");
        }
        assert_eq!(open(&signed(json!({"alg": "RS256", "kid": "z"}), ""), &keys), Err(UnknownKey));
    }

    #[test]
    fn a_token_that_brings_its_own_key_does_not_open_itself() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref();
        let own = json!({"kty": "EC", "crv": "P-256", "kid": "own", "x": BASE64URL_NOPAD.encode(&point[1..33]), "y": BASE64URL_NOPAD.encode(&point[33..])});
        let header = json!({"alg": "ES256", "kid": "own", "jwk": own, "jku": "https://evil.example/keys"});
        let message = format!("{}.{}", encoded(&header), encoded(&json!({"sub": "1"})));
        let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        let token = format!("{message}.{}", BASE64URL_NOPAD.encode(signature.as_ref()));
        assert_eq!(open(&token, &keys(vec![ec()])), Err(UnknownKey));
        assert!(open(&token, &keys(vec![own])).is_ok(), "it is whole");
    }

    #[test]
    fn every_claim_has_to_be_as_it_was_asked_for() {
        let now = 1_700_000_000;
        let expected = Expected { issuer: "https://id", client_id: "qitao", nonce: "n", now_s: now };
        let good = json!({"iss": "https://id", "aud": "qitao", "exp": now + 300, "iat": now, "nonce": "n", "sub": "7"});
        let ask = |change: Value| subject(with(good.clone(), change).as_object().unwrap(), &expected);
        for fine in [
            json!({}),
            json!({"aud": ["qitao"]}),
            json!({"aud": ["qitao", "other"], "azp": "qitao"}),
            json!({"exp": now - 59}),
            json!({"exp": 1_700_000_300.5}),
            json!({"iat": now + 59, "nbf": now}),
        ] {
            assert_eq!(ask(fine.clone()).as_deref(), Ok("7"), "{fine}");
        }
        for bad in [
            json!({"iss": "https://id/"}),
            json!({"iss": ["https://id"]}),
            json!({"iss": null}),
            json!({"aud": "other"}),
            json!({"aud": []}),
            json!({"aud": null}),
            json!({"aud": "qitao2"}),
            json!({"aud": ["qitao", "other"]}),
            json!({"aud": ["qitao", "other"], "azp": "other"}),
            json!({"azp": "other"}),
            json!({"azp": null}),
            json!({"exp": now - 60}),
            json!({"exp": null}),
            json!({"exp": "9999999999"}),
            json!({"iat": now + 61}),
            json!({"iat": null}),
            json!({"nbf": now + 61}),
            json!({"nbf": "now"}),
            json!({"nonce": "m"}),
            json!({"nonce": null}),
            json!({"sub": ""}),
            json!({"sub": 7}),
            json!({"sub": "a\u{0}b"}),
            json!({"sub": "x".repeat(256)}),
        ] {
            assert!(ask(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_that_only_looks_like_a_login_is_none() {
        let of = |claims: Value, claim: &str| login(claims.as_object().unwrap(), claim);
        assert_eq!(of(json!({"preferred_username": " Li.Lei "}), "preferred_username").as_deref(), Some("li.lei"));
        // The sign of Kelvin becomes a plain k in small letters.
        assert_eq!(of(json!({"preferred_username": "\u{212a}evin"}), "preferred_username"), None);
        assert_eq!(of(json!({"preferred_username": ["li"]}), "preferred_username"), None);
        assert_eq!(of(json!({"email": "li@example.com"}), "email"), None, "nobody checked it");
        assert_eq!(of(json!({"email": "li@example.com", "email_verified": false}), "email"), None);
        assert_eq!(of(json!({"email": "Li@Example.com", "email_verified": true}), "email").as_deref(), Some("li@example.com"));
    }

    #[test]
    fn a_second_factor_is_one_of_the_known_ones() {
        let of = |amr: Value| second_factor(json!({"amr": amr}).as_object().unwrap());
        assert!(of(json!(["pwd", "otp"])) && of(json!(["mfa"])) && of(json!(["hwk"])));
        assert!(!of(json!(["pwd"])) && !of(json!("mfa")) && !of(json!([])) && !second_factor(&Map::new()));
    }
}
