// A certified OpenID provider for tests: one process, one issuer. It is told what it needs in lines of JSON on its input
// and ends with it, so that no test leaves one behind.
//
//   first line:  {"cert": "...", "key": "..."}           PEM of the server
//   it says:     {"port": 12345}
//   second line: {"clients": [...], "people": {"17": {"name": "...", "roles": [...], "groups": {...}}}}
//   it says:     {"ready": true}
import https from 'node:https';
import readline from 'node:readline';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = async () => JSON.parse((await lines.next()).value);
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n');

const tls = await told();
let answer = (req, res) => res.writeHead(503).end();
const server = https.createServer(tls, (req, res) => answer(req, res));
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const { port } = server.address();
say({ port });

const { clients, people } = await told();
const { privateKey } = await generateKeyPair('RS256', { extractable: true });
const provider = new Provider(`https://127.0.0.1:${port}`, {
  clients,
  jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: `key-${port}` }] },
  cookies: { keys: ['only', 'for', 'tests'] },
  pkce: { required: () => true },
  scopes: ['openid', 'profile', 'roles', 'groups'],
  claims: { openid: ['sub'], profile: ['name'], roles: ['roles'], groups: ['groups'] },
  features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  fetch: (url, { dispatcher, ...options }) => fetch(url, options), // it would call nobody on loopback, and rightly
  async findAccount(ctx, id) {
    return people[id] && { accountId: id, claims: async () => ({ sub: id, ...people[id] }) };
  },
});
provider.on('server_error', (ctx, err) => process.stderr.write(`${err.stack}\n`));
provider.on('backchannel.error', (ctx, err) => process.stderr.write(`${err.stack} ${err.cause}\n`));
answer = provider.callback();
say({ ready: true });

await lines.next(); // until the test ends
process.exit(0);
