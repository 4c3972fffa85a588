//! The hub's API as the web pages use it: a session, its CSRF token, JSON.

use std::fmt;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// A logged-in session.
#[derive(Clone)]
pub struct Api {
    base: String,
    client: Client,
    cookie: String,
    csrf: String,
}

/// An answer that was not a success.
#[derive(Debug)]
pub enum ApiError {
    /// The hub answered with a problem.
    Refused {
        /// What was asked.
        request: String,
        /// HTTP status.
        status: StatusCode,
        /// The problem document, or the text as it came.
        body: String,
    },
    /// The hub could not be reached, or the answer was not JSON.
    Transport(reqwest::Error),
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { request, status, body } => write!(f, "{request}: {status} {body}"),
            Self::Transport(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ApiError {}

impl From<reqwest::Error> for ApiError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error)
    }
}

impl Api {
    /// Logs in at `base` (`http://127.0.0.1:8080`).
    ///
    /// # Errors
    /// [`ApiError`] when the hub is away or refuses the login.
    pub async fn login(base: &str, login: &str, password: &str) -> Result<Self, ApiError> {
        let client = Client::new();
        let answer = client.post(format!("{base}/api/v1/session")).json(&json!({ "login": login, "password": password })).send().await?;
        let status = answer.status();
        let cookie = answer
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|header| header.to_str().ok()?.split(';').next().map(str::to_owned))
            .collect::<Vec<_>>()
            .join("; ");
        let text = answer.text().await?;
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        match body["csrf"].as_str() {
            Some(csrf) if status.is_success() => Ok(Self { base: base.to_owned(), client, cookie, csrf: csrf.to_owned() }),
            _ => Err(ApiError::Refused { request: "POST /session".to_owned(), status, body: text }),
        }
    }

    /// `GET /api/v1{path}`.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn get(&self, path: &str) -> Result<Value, ApiError> {
        self.send(Method::GET, path, None).await
    }

    /// `POST /api/v1{path}`.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.send(Method::POST, path, Some(body)).await
    }

    /// `PUT /api/v1{path}`.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn put(&self, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// `PUT /api/v1{path}` in the place of the version that was read.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn replace(&self, path: &str, version: &Value, body: &Value) -> Result<Value, ApiError> {
        let request = self.request(&Method::PUT, path).header("if-match", format!("\"{version}\"")).json(body);
        Ok(serde_json::from_str(&Self::text(format!("PUT {path}"), request).await?).unwrap_or(Value::Null))
    }

    /// `PATCH /api/v1{path}` of the version that was read.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn patch(&self, path: &str, version: &Value, body: &Value) -> Result<Value, ApiError> {
        let request = self.request(&Method::PATCH, path).header("if-match", format!("\"{version}\"")).json(body);
        Ok(serde_json::from_str(&Self::text(format!("PATCH {path}"), request).await?).unwrap_or(Value::Null))
    }

    /// `POST /api/v1{path}` about the version that was read.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn act(&self, path: &str, version: &Value, body: &Value) -> Result<Value, ApiError> {
        let request = self.request(&Method::POST, path).header("if-match", format!("\"{version}\"")).json(body);
        Ok(serde_json::from_str(&Self::text(format!("POST {path}"), request).await?).unwrap_or(Value::Null))
    }

    /// `POST /api/v1{path}` with a form: fields, then a file.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn upload(&self, path: &str, fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> Result<Value, ApiError> {
        const BOUNDARY: &str = "----qitao-upload";
        let mut body = Vec::with_capacity(bytes.len() + 1_000);
        for (field, value) in fields {
            body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").bytes());
        }
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        body.extend(head.bytes());
        body.extend(bytes);
        body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
        let request = self.request(&Method::POST, path).header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
        let text = Self::text(format!("POST {path}"), request.body(body)).await?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// The bytes of `GET /api/v1{path}`.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn bytes(&self, path: &str) -> Result<Vec<u8>, ApiError> {
        Ok(self.request(&Method::GET, path).send().await?.error_for_status()?.bytes().await?.to_vec())
    }

    /// Every row of a list, page by page.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn all(&self, path: &str) -> Result<Vec<Value>, ApiError> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        let joint = if path.contains('?') { '&' } else { '?' };
        loop {
            let mut page = self.get(&format!("{path}{joint}limit=200{cursor}")).await?;
            if let Some(items) = page["items"].as_array_mut() {
                rows.append(items);
            }
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(rows),
            }
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, ApiError> {
        let mut request = self.request(&method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(serde_json::from_str(&Self::text(format!("{method} {path}"), request).await?).unwrap_or(Value::Null))
    }

    fn request(&self, method: &Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method.clone(), format!("{}/api/v1{path}", self.base)).header("cookie", &self.cookie);
        if *method == Method::GET {
            return request;
        }
        request.header("x-qitao-csrf", &self.csrf).header("idempotency-key", format!("{:032x}", rand::random::<u128>()))
    }

    async fn text(request: String, asked: RequestBuilder) -> Result<String, ApiError> {
        let answer = asked.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if status.is_success() { Ok(text) } else { Err(ApiError::Refused { request, status, body: text }) }
    }
}
