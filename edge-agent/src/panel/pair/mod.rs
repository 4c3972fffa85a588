//! Pairing a device with the panel: what this machine shows, and what the device gives.

pub(super) mod page;

use std::net::{IpAddr, SocketAddr, UdpSocket};

use axum::Json;
use axum::extract::{ConnectInfo, Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};

use super::Panel;
use super::door::{COOKIE, Ends};
use super::pairing::Refused;
use super::problem::Problem;
use crate::clock;

/// A year and a bit: the most that browsers keep a cookie for.
const COOKIE_S: u32 = 400 * 24 * 3600;

#[derive(Deserialize)]
pub(super) struct Given {
    #[serde(default)]
    code: String,
    /// What the device is, for programs; browsers say it in a header.
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
pub(super) struct Gone {
    device: String,
}

/// What this machine shows to somebody who wants to pair a device.
#[derive(Serialize, Deserialize)]
pub struct Shown {
    /// Eight digits.
    pub code: String,
    /// So long it is good.
    pub seconds: i64,
    /// Where the device goes.
    pub url: String,
}

#[derive(Serialize)]
pub(super) struct Paired {
    token: String,
}

/// The page: on this machine the code and the devices, elsewhere a place to give the code.
pub(super) async fn show(
    State(panel): State<Panel>,
    ConnectInfo(ends): ConnectInfo<Ends>,
    Query(given): Query<Given>,
    headers: HeaderMap,
) -> Response {
    if ends.is_here(&headers) {
        panel.pairing_page().into_response()
    } else {
        page::ask(&super::pairing::digits(&given.code), "").into_response()
    }
}

/// The code for programs on this machine (`edge-agent doctor`).
pub(super) async fn code(
    State(panel): State<Panel>,
    ConnectInfo(ends): ConnectInfo<Ends>,
    headers: HeaderMap,
) -> Result<Json<Shown>, Problem> {
    here(ends, &headers)?;
    Ok(Json(panel.shown()))
}

/// A browser gives the code.
pub(super) async fn pair_browser(
    State(panel): State<Panel>,
    ConnectInfo(ends): ConnectInfo<Ends>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Result<Response, Problem> {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("?");
    match panel.door.pairing.take(&given.code, ends.peer.ip()) {
        Ok(()) => {
            let token = panel.door.pairing.keep(agent).await?;
            let cookie = format!("{COOKIE}={token}; Path=/; Max-Age={COOKIE_S}; HttpOnly; SameSite=Lax");
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
        }
        Err(refused) => Ok((status(refused), page::ask("", &words(refused))).into_response()),
    }
}

/// A program gives the code.
pub(super) async fn pair_program(
    State(panel): State<Panel>,
    ConnectInfo(ends): ConnectInfo<Ends>,
    Json(given): Json<Given>,
) -> Result<Json<Paired>, Problem> {
    panel
        .door
        .pairing
        .take(&given.code, ends.peer.ip())
        .map_err(|refused| Problem::new(status(refused), "pairing_code", words(refused)))?;
    let name = if given.name.is_empty() { "?" } else { &given.name };
    Ok(Json(Paired { token: panel.door.pairing.keep(name).await? }))
}

/// Somebody on this machine takes a device out.
pub(super) async fn remove(
    State(panel): State<Panel>,
    ConnectInfo(ends): ConnectInfo<Ends>,
    headers: HeaderMap,
    Form(gone): Form<Gone>,
) -> Result<Redirect, Problem> {
    here(ends, &headers)?;
    panel.door.pairing.remove(&gone.device).await?;
    Ok(Redirect::to("/pair"))
}

fn here(ends: Ends, headers: &HeaderMap) -> Result<(), Problem> {
    if ends.is_here(headers) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "this_machine", "配对码只在本机上显示。 Pairing codes are shown on the edge itself only."))
}

fn status(refused: Refused) -> StatusCode {
    match refused {
        Refused::Wrong => StatusCode::FORBIDDEN,
        Refused::Wait(_) => StatusCode::TOO_MANY_REQUESTS,
    }
}

fn words(refused: Refused) -> String {
    match refused {
        Refused::Wrong => "配对码不对或已过期，请再看一次。 The code is wrong or over; look at it again.".into(),
        Refused::Wait(seconds) => {
            let minutes = seconds / 60 + 1;
            format!("错误次数太多，请 {minutes} 分钟后再试。 Too many wrong codes; try again in {minutes} min.")
        }
    }
}

impl Panel {
    fn shown(&self) -> Shown {
        let (code, until) = self.door.pairing.show();
        let address = reached_at(self.workplace.panel);
        let url = format!("http://{address}/pair?code={code}");
        Shown { seconds: (until - clock::wall_ms()).max(0) / 1000, code, url }
    }

    fn pairing_page(&self) -> Html<String> {
        let open = !self.workplace.panel.ip().is_loopback();
        page::show(open.then(|| self.shown()).as_ref(), &self.door.pairing.devices())
    }
}

/// Where devices reach an address: the machine's own address towards the network, when all of them are listened on. Nothing is sent to find it out.
fn reached_at(listen: SocketAddr) -> SocketAddr {
    let own = || -> std::io::Result<IpAddr> {
        let socket = UdpSocket::bind(("0.0.0.0", 0))?;
        socket.connect(("192.0.2.1", 9))?;
        Ok(socket.local_addr()?.ip())
    };
    if !listen.ip().is_unspecified() {
        return listen;
    }
    SocketAddr::new(own().unwrap_or(listen.ip()), listen.port())
}
