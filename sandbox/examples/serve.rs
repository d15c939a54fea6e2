//! Runs the simulator alone: `cargo run -p guest-portal-sandbox --example serve [PORT [DATA_DIR]]`.

use std::error::Error;

use sandbox::{Sandbox, SandboxConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut config = SandboxConfig::loopback();
    if let Some(port) = arguments.next() {
        config.listen.set_port(port.parse()?);
    }
    config.data_dir = arguments.next().map(Into::into);
    let sandbox = Sandbox::start(config).await?;
    println!("desk        {}/desk", sandbox.base_url());
    println!("credentials {}/sandbox/credentials.json", sandbox.base_url());
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}
