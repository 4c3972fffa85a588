//! What a contract says when it is signed, it says for ever; and says so when somebody tampered with it.

use qitao_hub::platform::audit::{self, Change};
use reqwest::Method;
use serde_json::{Value, json};

use crate::customers::{made, somebody};
use crate::desk::{Desk, Running, answer};
use crate::sheets::{form, send};

/// SHA-256 of `{}`.
const EMPTY: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

async fn signed(desk: &Desk, contract: Value) -> Value {
    let id = desk.post("/contracts", contract).await.1["id"].clone();
    for kind in ["contract_scan", "final_design"] {
        assert_eq!(send(desk, &format!("/contracts/{id}/files?kind={kind}"), form(&[], "scan.txt", kind.as_bytes())).await.0, 201);
    }
    assert!(desk.read(&format!("/contracts/{id}")).await.get("sealed").is_none(), "a draft is not sealed");
    let sign = desk.request(Method::POST, &format!("/contracts/{id}/sign")).header("if-match", "\"1\"").json(&json!({}));
    let (status, signed) = answer(sign).await;
    assert_eq!(status, 200, "{signed}");
    signed
}

#[tokio::test]
async fn the_text_that_was_signed_is_shown_for_ever_and_every_mismatch_is_named() {
    let hub = Running::start().await;
    let admin = hub.sign_in("admin").await;
    let (_, seller) = somebody(&hub, &admin, "li", "sales", "SH01").await;
    let customer = made(&seller, json!({"name": "王女士"})).await["id"].clone();
    let lines =
        json!([{"item": 2, "quantity": "2", "price": "299.00", "spec": "橡木本色"}, {"item": 3, "quantity": "1.5", "price": "100.00"}]);
    let parts = json!([{"name": "定金", "amount": "200.00", "due_on": "2026-01-01"}, {"name": "尾款", "amount": "548.00"}]);
    let new = json!({"customer": customer, "lines": lines, "terms": "交货前付清。\n保修五年。", "instalments": parts});
    let contract = signed(&seller, new).await;
    let path = format!("/contracts/{}", contract["id"]);
    let sealed = async || seller.read(&path).await;
    let now = sealed().await;
    assert_eq!((&now["sealed"]["intact"], &now["sealed"]["differs"]), (&json!(true), &json!([])), "{now}");
    assert_eq!((&now["sealed"]["customer_name"], now["sealed"]["digest"].as_str().map(str::len)), (&json!("王女士"), Some(64)));
    let audit = seller.read(&format!("{path}/timeline")).await;
    let noted = audit["items"].as_array().unwrap().iter().find(|row| row["action"] == "sign").unwrap();
    assert_eq!(noted["new"]["digest"], now["sealed"]["digest"], "the audit keeps it too");

    // What it was signed with stays, also beside a better copy; what came later may go.
    let files = seller.read(&format!("{path}/files")).await;
    let scan = files["items"].as_array().unwrap().iter().find(|file| file["kind"] == "contract_scan").unwrap()["id"].clone();
    let (_, better) = send(&seller, &format!("{path}/files?kind=contract_scan"), form(&[], "scan.txt", b"better")).await;
    let refused = answer(seller.request(Method::DELETE, &format!("/files/{scan}"))).await;
    assert_eq!((refused.0, &refused.1["rule"]), (409, &json!("signed_files_stay")), "{refused:?}");
    assert_eq!(answer(seller.request(Method::DELETE, &format!("/files/{}", better["id"]))).await.0, 204);

    // Names change, what was signed does not.
    hub.sql(&format!("UPDATE customer SET name = '王太太' WHERE id = {customer}; UPDATE item SET name = '橡木餐椅（新款）' WHERE id = 2"))
        .await;
    let renamed = sealed().await;
    assert_eq!((&renamed["lines"][0]["name"], &renamed["sealed"]["customer_name"]), (&json!("橡木餐椅"), &json!("王女士")));
    assert_eq!((&renamed["customer_name"], &renamed["sealed"]["differs"]), (&json!("王太太"), &json!([])));

    // Whoever changes rows behind the hub's back changes nothing of what is shown, and it is said.
    let id = &contract["id"];
    for (change, what) in [
        (format!("UPDATE contract SET terms = '保修一年。' WHERE id = {id}"), "terms"),
        (format!("UPDATE contract SET amount_fen = 1 WHERE id = {id}"), "amount"),
        (format!("UPDATE sales_line SET price_fen = 1 WHERE document = 'contract' AND document_id = {id}"), "lines"),
        (format!("UPDATE contract_instalment SET due_on = '2030-01-01' WHERE contract_id = {id}"), "instalments"),
        (format!("UPDATE file SET digest = 'x' WHERE entity = 'contract' AND record_id = {id}"), "files"),
    ] {
        hub.sql(&change).await;
        let now = sealed().await;
        assert!(now["sealed"]["differs"].as_array().unwrap().contains(&json!(what)), "{what}: {now}");
        assert_eq!((&now["terms"], &now["lines"][0]["price"]), (&json!("交货前付清。\n保修五年。"), &json!("299.00")));
        assert_eq!((&now["instalments"][0]["due_on"], &now["amount"]), (&json!("2026-01-01"), &json!("748.00")), "{what}");
    }
    assert_eq!(sealed().await["sealed"]["intact"], true);
    // Whoever writes a text of their own with its digest is given away by the audit.
    hub.sql(&format!("UPDATE contract SET sealed = REPLACE(sealed, '保修五年', '保修一年') WHERE id = {id}")).await;
    assert_eq!(sealed().await["sealed"]["intact"], false);
    // One that cannot be read is not what was signed either, whatever its digest is.
    hub.sql(&format!("UPDATE contract SET sealed = '{{}}', sealed_digest = '{EMPTY}' WHERE id = {id}")).await;
    let tx = hub.db.begin().await.unwrap();
    let change = Change { author: "somebody", entity: "contract", id: id.to_string(), action: "sign" };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"digest": EMPTY}))).await.unwrap();
    tx.commit().await.unwrap();
    let unread = sealed().await;
    assert_eq!((&unread["sealed"]["intact"], &unread["sealed"]["digest"]), (&json!(false), &json!(EMPTY)), "{unread}");
    hub.stop().await;
}
