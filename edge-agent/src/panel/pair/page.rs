//! The pairing pages, plain HTML: they must work on the oldest browser of a PDA, before anything else of the panel may be loaded.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Html;
use qitao_labels::rules::Symbology;
use qitao_labels::symbol;

use super::Shown;
use crate::panel::pairing::Device;

const STYLE: &str = "body{font:18px/1.5 system-ui,sans-serif;margin:0 auto;max-width:32em;padding:1em;color:#1f2328;background:#fff}\
h1{font-size:1.4em}input,button{font:inherit;padding:.6em;border:1px solid #888;border-radius:6px}input{width:100%;box-sizing:border-box;\
font-size:1.6em;letter-spacing:.15em;text-align:center}button{margin-top:.8em;background:#0b5cad;color:#fff;border:0;min-height:48px}\
.code{font-size:2.6em;letter-spacing:.1em;font-weight:600}.wrong{color:#b42318}svg{width:14em;height:14em}li{margin:.6em 0}\
li button{background:#fff;color:#b42318;border:1px solid #b42318;margin:0 0 0 .6em;padding:.3em .8em}";

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body><h1>{title}</h1>{body}</body></html>"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What a device sees that is not paired.
pub(crate) fn ask(code: &str, wrong: &str) -> ([(HeaderName, HeaderValue); 1], Html<String>) {
    let wrong = if wrong.is_empty() { String::new() } else { format!("<p class=\"wrong\" role=\"alert\">{}</p>", escaped(wrong)) };
    let body = format!(
        "<p>输入或扫描配对码。配对码显示在扫描终端本机的 /pair 页面，或运行 edge-agent doctor 查看。</p>\
         <p lang=\"en\">Type or scan the pairing code. It is on the page /pair of the edge itself, or run edge-agent doctor there.</p>{wrong}\
         <form method=\"post\" action=\"/pair\"><input name=\"code\" value=\"{}\" aria-label=\"配对码 pairing code\" autocomplete=\"off\" autofocus required>\
         <button>配对 Pair</button></form>",
        escaped(code)
    );
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], page("配对此设备 Pair this device", &body))
}

/// What this machine shows. `None`: the panel is not open to the network.
pub(super) fn show(shown: Option<&Shown>, devices: &[(String, Device)]) -> Html<String> {
    let mut body = match shown {
        None => "<p>操作页面只对本机开放；要让 PDA 和手机使用，请在 edge.toml 设置 panel.listen。</p>\
                 <p lang=\"en\">The panel is open to this machine only; set panel.listen in edge.toml for PDAs and phones.</p>"
            .to_owned(),
        Some(Shown { code, seconds, url }) => {
            let (first, last) = code.split_at_checked(4).unwrap_or((code, ""));
            format!(
                "<p>在设备上打开 <b>{}</b> 并输入或扫描：</p><p class=\"code\">{first} {last}</p>{}<p>{} 分钟内有效，只能用一次。</p>\
                 <p lang=\"en\">Open this address on the device and type or scan the code; it is good once, for {} min.</p>",
                escaped(url.split("/pair").next().unwrap_or_default()),
                picture(url),
                seconds / 60 + 1,
                seconds / 60 + 1,
            )
        }
    };
    if !devices.is_empty() {
        body.push_str("<h1>已配对的设备 Paired devices</h1><ul>");
        for (id, device) in devices {
            body.push_str(&format!(
                "<li>{} <form method=\"post\" action=\"/pair/remove\" style=\"display:inline\"><input type=\"hidden\" name=\"device\" value=\"{}\">\
                 <button>移除 Remove</button></form></li>",
                escaped(&device.name),
                escaped(id)
            ));
        }
        body.push_str("</ul>");
    }
    page("配对设备 Pair a device", &body)
}

/// A QR code that scanners and cameras read off the screen; nothing when it cannot be drawn: the digits are there.
fn picture(text: &str) -> String {
    let Ok(modules) = symbol::encode(Symbology::Qr, text) else { return String::new() };
    let (width, height) = (modules.across(), modules.down());
    let mut path = String::new();
    for y in 0..modules.height {
        for x in (0..modules.width).filter(|x| modules.is_dark(*x, y)) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + modules.quiet_left, y + modules.quiet_y));
        }
    }
    format!(
        "<svg role=\"img\" aria-label=\"QR\" viewBox=\"0 0 {width} {height}\" shape-rendering=\"crispEdges\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\
         <path d=\"{path}\"/></svg>"
    )
}
