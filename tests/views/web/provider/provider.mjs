// A provider on a free port of loopback. It prints its port, reads one line with the address of its client, and prints
// "ready". Whoever logs in is the person of that name, in the group soporte.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Provider } from 'oidc-provider';

const [client, secret] = process.argv.slice(2);
const server = createServer();
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

createInterface({ input: process.stdin }).once('line', (monitor) => {
  const provider = new Provider(`http://127.0.0.1:${server.address().port}`, {
    clients: [{
      client_id: client,
      client_secret: secret,
      application_type: 'native',
      redirect_uris: [`${monitor}/login/openid/answer`],
      post_logout_redirect_uris: [`${monitor}/login`],
      backchannel_logout_uri: `${monitor}/login/openid/logout`,
      backchannel_logout_session_required: true,
    }],
    claims: { openid: ['sub', 'sid'], profile: ['preferred_username', 'groups'] },
    features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true } },
    // Its own refuses loopback, where the monitor of the test is.
    fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, groups: ['soporte'] }),
    }),
  });
  provider.on('server_error', (_, error) => console.error(error));
  provider.on('backchannel.error', (_, error) => console.error(error));
  server.on('request', provider.callback());
  console.log('ready');
});
