import { defineConfig } from 'vitepress';

/** The documentation site. Dead links fail the build. */
export default defineConfig({
  title: 'Seamark',
  description: 'An address and a name for every service, on bare metal.',
  lang: 'en',
  cleanUrls: true,
  lastUpdated: false,
  markdown: { languageAlias: { corefile: 'nginx' } },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/guide/first-steps' },
      { text: 'Reference', link: '/reference/settings' },
    ],
    sidebar: [
      {
        text: 'Guide',
        items: [
          { text: 'First steps', link: '/guide/first-steps' },
          { text: 'Your manifests', link: '/guide/your-manifests' },
          { text: 'On a cluster', link: '/guide/on-a-cluster' },
          { text: 'Value by value', link: '/guide/guides-value-by-value' },
          { text: 'Without the chart', link: '/guide/without-the-chart' },
          { text: 'Coming from CoreDNS', link: '/guide/coming-from-coredns' },
          { text: 'From the originals', link: '/guide/from-the-originals' },
          { text: 'When a name does not resolve', link: '/guide/when-a-name-does-not-resolve' },
          { text: 'Alerts', link: '/guide/alerts' },
        ],
      },
      {
        text: 'Reference',
        items: [
          { text: 'Command line', link: '/reference/command-line' },
          { text: 'Settings', link: '/reference/settings' },
          { text: 'Reasons', link: '/reference/reasons' },
          { text: 'Errors', link: '/reference/errors' },
          { text: 'Metrics', link: '/reference/metrics' },
        ],
      },
    ],
  },
});
