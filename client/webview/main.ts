/**
 * The panel's only script. It is the page's, and the text that the page starts its worker from: both need the whole of
 * the simulator, which is shipped once.
 */

import { serveQuestions } from './panelWorker.js';

if (typeof document === 'undefined') serveQuestions();
else void import('./panel.js');
