//! `guest-portal snippet SITE`: what to paste into a web page.

use clap::Args;
use shared::{SiteId, path};

use super::{ConfigArgs, EXIT_CONFIG, reach::load};

#[derive(Debug, Args)]
pub(super) struct SnippetArgs {
    /// The site's id.
    site: String,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(super) fn run(args: &SnippetArgs) -> u8 {
    let config = match load(&args.config) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let Some(site) = config.site(&SiteId::new(&*args.site)) else {
        let ids: Vec<_> = config.sites.iter().map(|site| format!("`{}`", site.id)).collect();
        eprintln!("there is no site `{}`; there is {}", args.site, ids.join(", "));
        return EXIT_CONFIG;
    };
    let base = match &config.server.public_url {
        Some(url) => url.as_str().trim_end_matches('/').to_owned(),
        None => format!("http://{}", config.server.listen),
    };
    if !site.allowed_origins.is_empty() {
        println!("<script async src=\"{base}{}?site={}\"></script>", path::EMBED_SCRIPT, site.id);
    } else {
        eprintln!("A link; with the origins of your pages in `allowed_origins` of this site, a launcher in the corner of each.");
        println!("<a href=\"{base}{}\" target=\"_blank\" rel=\"noopener\">Chat with us</a>", path::site_page(&site.id));
    }
    0
}
