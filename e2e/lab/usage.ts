const name = '  --name NAME          which lab (default: lab)';

/** Help texts by command; the empty name is that of `lab` itself. */
export const usage: Readonly<Record<string, string>> = {
  '': `npm run lab -- COMMAND [options]      a Kubernetes cluster of namespaces on this machine (needs root)

  up                   start it
  status               nodes, addresses, what is wrong with them
  load IMAGE.tar…      give OCI archives to every node
  kubeconfig           print the kubeconfig's path
  env                  print shell lines that set KUBECONFIG and PATH, for kubectl and helm
  run HOST -- COMMAND  run a program on client, router, far-client or a node
  fault KIND NODE…     power-off, power-on, cut, heal, freeze, thaw, partition, loss, latency; api-server-stop, api-server-start
  logs [NAME]          of a component (kube-apiserver, kubelet, …), a node, or NODE/COMPONENT
  down                 end it and remove everything

${name}

COMMAND --help says more. e2e/lab/README.md is the manual.
`,
  up: `npm run lab -- up [options]      starts a lab; it stays until \`down\` or the machine's end

  --nodes N            1 to 9 (default: 3)
  --kubernetes-only    without Seamark
  --proxy-mode MODE    kube-proxy: nftables (default) or iptables
  --second-segment     a second LAN with the router, all nodes (eth1) and the host far-client
${name}
`,
  status: `npm run lab -- status [options]\n\n  --json               for programs\n${name}\n`,
  load: `npm run lab -- load IMAGE.tar… [options]      gives OCI archives to every node\n\n${name}\n`,
  kubeconfig: `npm run lab -- kubeconfig [options]      prints the path of the administrator's kubeconfig\n\n  export KUBECONFIG=$(npm run --silent lab -- kubeconfig)\n\n${name}\n`,
  env: `npm run lab -- env [options]      prints shell lines for this lab's kubeconfig, kubectl and helm\n\n  eval "$(npm run --silent lab -- env)"\n\n${name}\n`,
  run: `npm run lab -- run HOST -- COMMAND [ARGUMENT…]      runs a program on client, router, far-client, control-plane or a node

  npm run lab -- run client -- dig +short @192.168.10.200 www.example.org
  npm run lab -- run node1 -- ctr -n k8s.io images ls

${name}
`,
  fault: `npm run lab -- fault KIND NODE… [options]

  power-off NODE…      kill every process of the node at once; its disk stays
  power-on NODE…       start it again; returns when it is Ready
  cut NODE…            take its link down
  heal NODE…           end every network fault of the node
  freeze NODE…         stop its processes (SIGSTOP); its kernel still forwards packets
  thaw NODE…           let them go on
  partition NODE --from PEER[,PEER…]   drop everything between the node and peers (nodes, client, router, control-plane)
  loss NODE… --percent P               lose this much of what the node sends
  latency NODE… --ms N                 delay what the node sends (needs the kernel's netem)
  api-server-stop      kill the API server
  api-server-start     start it again

${name}
`,
  logs: `npm run lab -- logs [COMPONENT|NODE|NODE/COMPONENT] [options]\n\n${name}\n`,
  down: `npm run lab -- down [options]      ends the lab, and removes what crashed labs left\n\n  --all                every lab of this user\n${name}\n`,
};
