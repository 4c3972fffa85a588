//! Refusals as RFC 9457 problem details that name the rule, the field, and who can fix it, in Chinese or English.
//!
//! A handler returns a [`Problem`]; it is written in Chinese at once and [`in_readers_language`] writes it again in English when the
//! reader asks for that. Whatever else answers with an error status (no such route, wrong method, a time-out) becomes a problem there too,
//! so that no client ever meets a bare text.

use std::borrow::Cow;

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// Media type of every refusal.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    zh: Cow<'static, str>,
    en: Cow<'static, str>,
}

impl Text {
    /// Both wordings.
    pub fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The wording in a language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

/// The languages that refusals are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 中文, when the reader says nothing.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// What the reader's `Accept-Language` prefers of the two.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let Some(asked) = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) else { return Self::Chinese };
        let mut best = (Self::Chinese, 0.0_f32);
        for part in asked.split(',') {
            let (tag, weight) = part.split_once(";q=").map_or((part, 1.0), |(tag, q)| (tag, q.trim().parse().unwrap_or(0.0)));
            let tag = tag.trim().to_ascii_lowercase();
            let language = match tag.split('-').next() {
                Some("zh" | "*") => Self::Chinese,
                Some("en") => Self::English,
                _ => continue,
            };
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }

    /// Its tag, as in `Content-Language`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// Who can put a refusal right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The reader, by asking differently.
    Reader,
    /// Somebody who leads the site.
    Manager,
    /// Somebody who runs the hub.
    Admin,
}

impl Who {
    const fn text(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Reader, Language::Chinese) => "您自己",
            (Self::Reader, Language::English) => "you",
            (Self::Manager, Language::Chinese) => "门店或仓库主管",
            (Self::Manager, Language::English) => "a manager of the site",
            (Self::Admin, Language::Chinese) => "系统管理员",
            (Self::Admin, Language::English) => "an administrator",
        }
    }
}

/// A refusal.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    rule: &'static str,
    detail: Text,
    field: Option<Cow<'static, str>>,
    who: Option<Who>,
    retry_after_s: Option<u64>,
    extra: Option<Box<Map<String, Value>>>,
}

impl Problem {
    /// A refusal by a rule, in both languages.
    pub fn new(status: StatusCode, rule: &'static str, zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { status, rule, detail: Text::new(zh, en), field: None, who: None, retry_after_s: None, extra: None }
    }

    /// 422: a value breaks a rule.
    pub fn invalid(
        rule: &'static str,
        field: impl Into<Cow<'static, str>>,
        zh: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, rule, zh, en).field(field).who(Who::Reader)
    }

    /// 400: a filter of a list is not understood.
    #[must_use]
    pub fn filter_value(field: &'static str) -> Self {
        let (zh, en) = ("筛选条件看不懂，请重新选择。", "This filter cannot be understood; choose it again.");
        Self::new(StatusCode::BAD_REQUEST, "filter_value", zh, en).field(field).who(Who::Reader)
    }

    /// 409: the thing is not in a state that allows this.
    pub fn conflict(rule: &'static str, zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, rule, zh, en).who(Who::Reader)
    }

    /// 404, for what does not exist and for what the reader may not see alike.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "没有这条记录，或者不在您的可见范围内。",
            "There is no such record, or it is outside what you may see.",
        )
    }

    /// 412: the record was changed since it was read.
    #[must_use]
    pub fn changed() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "changed_meanwhile",
            "这条记录刚被别人改过，请刷新后再改。",
            "This record was changed meanwhile; read it again, then change it.",
        )
        .field("If-Match")
        .who(Who::Reader)
    }

    /// 401: sign in first.
    #[must_use]
    pub fn sign_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "signed_in", "请先登录。", "Sign in first.").who(Who::Reader)
    }

    /// 403: the reader's role does not allow this.
    #[must_use]
    pub fn forbidden(who: Who) -> Self {
        Self::new(StatusCode::FORBIDDEN, "role", "您的角色不能做这个操作。", "Your role may not do this.").who(who)
    }

    /// 500: our fault. The cause goes to the log, never to the reader.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed inside the hub");
        Self::broken()
    }

    fn broken() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "系统内部出错，没有任何更改。请把响应头里的 x-request-id 告诉管理员。",
            "Something failed inside the hub; nothing was changed. Tell an administrator the x-request-id of this answer.",
        )
        .who(Who::Admin)
    }

    /// Names the field that is at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Says who can put it right.
    #[must_use]
    pub fn who(mut self, who: Who) -> Self {
        self.who = Some(who);
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Adds a member of its own, such as the hub's clock.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.get_or_insert_default().insert(name.to_owned(), value.into());
        self
    }

    /// The status it answers with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The rule that was broken.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        self.rule
    }

    /// The body in a language.
    #[must_use]
    pub fn body(&self, language: Language) -> Value {
        let mut body = json!({
            "type": format!("urn:qitao:problem:{}", self.rule),
            "title": title(self.status, language),
            "status": self.status.as_u16(),
            "detail": self.detail.in_language(language),
            "rule": self.rule,
        });
        if let Value::Object(members) = &mut body {
            if let Some(field) = &self.field {
                members.insert("field".to_owned(), json!(field));
            }
            if let Some(who) = self.who {
                members.insert("who".to_owned(), json!(who.text(language)));
            }
            members.extend(self.extra.iter().flat_map(|extra| (**extra).clone()));
        }
        body
    }

    fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::new(status, "no_such_route", "没有这个地址。", "There is nothing at this address."),
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new(status, "method", "这个地址不支持这个方法。", "This address does not take this method.")
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => {
                Self::new(status, "time_limit", "处理时间超过上限，请重试。", "It took longer than the limit; try again.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, "body_limit", "请求体太大。", "The body is too large."),
            _ if status.is_server_error() => Self::broken(),
            _ => Self::new(status, "request", "这个请求不能处理。", "This request cannot be handled."),
        }
    }
}

fn title(status: StatusCode, language: Language) -> &'static str {
    let (zh, en) = match status.as_u16() {
        400 => ("请求有误", "Malformed request"),
        401 => ("需要登录", "Not signed in"),
        403 => ("没有权限", "Not allowed"),
        404 => ("找不到", "Not found"),
        405 => ("方法不支持", "Method not allowed"),
        408 | 504 => ("超时", "Time-out"),
        409 => ("状态冲突", "Conflict"),
        410 => ("已不存在", "Gone"),
        412 => ("已被修改", "Changed meanwhile"),
        413 => ("内容太大", "Too large"),
        415 => ("格式不支持", "Unsupported media type"),
        428 => ("缺少版本", "Version missing"),
        422 => ("内容不符合规则", "A rule is broken"),
        429 => ("操作太频繁", "Too many attempts"),
        _ if status.is_server_error() => ("系统出错", "The hub failed"),
        _ => ("请求被拒绝", "Refused"),
    };
    Text::new(zh, en).pick(language)
}

impl Text {
    fn pick(self, language: Language) -> &'static str {
        match (language, self.zh, self.en) {
            (Language::Chinese, Cow::Borrowed(text), _) | (Language::English, _, Cow::Borrowed(text)) => text,
            _ => "",
        }
    }
}

fn write(problem: &Problem, language: Language) -> Response {
    let mut response = (problem.status, Json(problem.body(language))).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = problem.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = write(&self, Language::Chinese);
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}

impl From<sea_orm::DbErr> for Problem {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::internal(&error)
    }
}

/// What a panic in a handler answers; the panic itself is in the log.
pub fn of_panic(panic: Box<dyn std::any::Any + Send + 'static>) -> Response<Body> {
    let message = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = message.unwrap_or("unknown"), "a handler panicked");
    Problem::broken().into_response()
}

/// Middleware: writes refusals in the reader's language, and makes a problem of every other answer with an error status.
pub async fn in_readers_language(request: Request, next: Next) -> Response {
    let language = Language::of(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let rewritten = match response.extensions().get::<std::sync::Arc<Problem>>() {
        Some(_) if language == Language::Chinese => return response,
        Some(problem) => write(problem, language),
        None if status == StatusCode::RANGE_NOT_SATISFIABLE => return response,
        None => {
            let mut rewritten = write(&Problem::of_status(status), language);
            if let Some(allow) = response.headers().get(header::ALLOW) {
                rewritten.headers_mut().insert(header::ALLOW, allow.clone());
            }
            rewritten
        }
    };
    let mut rewritten = rewritten;
    for (name, value) in response.headers() {
        if name == header::SET_COOKIE || name == header::WWW_AUTHENTICATE {
            rewritten.headers_mut().append(name, value.clone());
        }
    }
    rewritten
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(text));
        Language::of(&headers)
    }

    #[test]
    fn the_language_is_chinese_unless_english_is_preferred() {
        assert_eq!(Language::of(&HeaderMap::new()), Language::Chinese);
        assert_eq!(asked("en-GB,en;q=0.9,zh;q=0.8"), Language::English);
        assert_eq!(asked("de, zh-CN;q=0.7, en;q=0.3"), Language::Chinese);
        assert_eq!(asked("fr;q=x,;;,"), Language::Chinese);
    }

    #[test]
    fn a_problem_names_rule_field_and_who_in_both_languages() {
        let problem = Problem::invalid("positive", "lines[0].quantity", "数量必须大于零。", "The quantity must be above zero.");
        let (zh, en) = (problem.body(Language::Chinese), problem.body(Language::English));
        assert_eq!(
            (zh["rule"].as_str(), zh["field"].as_str(), zh["who"].as_str()),
            (Some("positive"), Some("lines[0].quantity"), Some("您自己"))
        );
        assert_eq!((en["detail"].as_str(), en["who"].as_str()), (Some("The quantity must be above zero."), Some("you")));
        assert_eq!(en["type"], "urn:qitao:problem:positive");
    }
}
