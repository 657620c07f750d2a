import '../src/ui/ui.css';
import '../src/ui/timeline.css';
import '../src/ui/bookings.css';
import '../src/ui/lab-tokens.css';
import './base.css';
import './hpc.css';
import './images.css';
import './tools.css';
